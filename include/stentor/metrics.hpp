#pragma once

/// @file
/// Metrics of publishers and of a service's own, rendered for Prometheus. Not part of `stentor/stentor.hpp`: who counts nothing
/// does not pay for it. docs/metrics.md lists the families.

#include <stentor/metrics/collected.hpp>
#include <stentor/metrics/counter.hpp>
#include <stentor/metrics/exemplar.hpp>
#include <stentor/metrics/family.hpp>
#include <stentor/metrics/gauge.hpp>
#include <stentor/metrics/histogram.hpp>
#include <stentor/metrics/metric_sink.hpp>
#include <stentor/metrics/metrics_format.hpp>
#include <stentor/metrics/metrics_registry.hpp>
#include <stentor/metrics/metrics_tracer.hpp>
#include <stentor/metrics/publisher_metrics.hpp>
#include <stentor/metrics/rdkafka_statistics.hpp>
#include <stentor/metrics/render.hpp>
