#pragma once

#include <string_view>

// The live status page: one file, no assets from anywhere. It reads /api/health/detailed and /api/metrics/json once a second.
namespace gateway {

inline constexpr std::string_view page = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gateway service</title>
<style>
:root { color-scheme: light dark; --good: #2a9d5c; --warn: #c98a00; --bad: #d0433b; --line: #8886; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem 1rem; }
h1 { font-size: 1.3rem; margin: 0; }
#status { padding: .1rem .7rem; border-radius: 1rem; color: #fff; background: #777; }
.pass { background: var(--good) !important; } .warn { background: var(--warn) !important; } .fail { background: var(--bad) !important; }
#reasons { color: var(--bad); margin: .6rem 0; padding-left: 1.2rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .8rem; margin-top: 1rem; }
section { border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem; }
section.wide { grid-column: 1 / -1; } @media (min-width: 30rem) { section.half { grid-column: span 2; } }
h2 { font-size: .8rem; font-weight: 600; margin: 0; opacity: .7; }
.figure { font-size: 1.7rem; font-variant-numeric: tabular-nums; }
.more { font-size: .85rem; opacity: .75; font-variant-numeric: tabular-nums; min-height: 1.3em; overflow-wrap: anywhere; }
meter, svg { width: 100%; } svg { height: 5rem; display: block; }
polyline { fill: none; stroke: var(--good); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
form { display: flex; flex-wrap: wrap; gap: .5rem; }
button, input { font: inherit; padding: .25rem .6rem; }
</style>
</head>
<body>
<header><h1>gateway service</h1><span id="status">waiting</span><span id="since" class="more"></span></header>
<ul id="reasons"></ul>
<main>
<section class="wide"><h2>Persisted a second, the last two minutes</h2><svg viewBox="0 0 119 40" preserveAspectRatio="none" role="img"
  aria-label="Persisted messages a second"><polyline id="curve" points=""/></svg></section>
<section><h2>Throughput</h2><div class="figure" id="rate">-</div><div class="more" id="sent"></div></section>
<section><h2>Latency</h2><div class="figure" id="median">-</div><div class="more" id="tail"></div></section>
<section><h2>Circuit</h2><div class="figure" id="circuit">-</div><div class="more" id="brokers"></div></section>
<section><h2>Queue</h2><div class="figure" id="flight">-</div><meter id="slots" min="0" max="1" high="0.8"></meter><div class="more" id="oldest"></div></section>
<section><h2>Dead letters</h2><div class="figure" id="letters">-</div><div class="more" id="failed"></div></section>
<section class="half"><h2>Last failure</h2><div class="more" id="failure">none</div></section>
<section class="wide"><h2>Try it</h2>
<form id="form"><input name="query" value="find product information" aria-label="query" size="28">
<button>send a task</button><button type="button" id="trouble">take the brokers away</button><span class="more" id="answer"></span></form>
</section>
</main>
<script>
'use strict';
const at = id => document.getElementById(id);
const rates = [];
let before = null;
const number = n => n.toLocaleString('en', {maximumFractionDigits: n < 10 ? 1 : 0});
const seconds = s => s < 1 ? number(s * 1000) + ' ms' : number(s) + ' s';

function points(metrics, name) {
  const family = metrics.find(m => m.name === name);
  return family ? family.points : [];
}
const total = (metrics, name) => points(metrics, name).reduce((sum, p) => sum + p.value, 0);

// All series of a histogram as one: cumulative counts by bound.
function buckets(metrics, name) {
  const all = new Map();
  for (const p of points(metrics, name)) {
    for (const b of p.buckets) all.set(String(b.le), (all.get(String(b.le)) || 0) + b.count);
  }
  return [...all].map(([le, count]) => [le === '+Inf' ? Infinity : Number(le), count]).sort((a, b) => a[0] - b[0]);
}
// The bound below which that part of what came since the last look lies.
function quantile(now, then, part) {
  const counts = now.map(([le, count], i) => [le, count - (then[i] ? then[i][1] : 0)]);
  const all = counts.length ? counts[counts.length - 1][1] : 0;
  if (all === 0) return null;
  const found = counts.find(([, count]) => count >= part * all);
  return found[0];
}
function show(report, metrics, now) {
  const kafka = report.checks.kafka, p = kafka.publishers[0];
  at('status').textContent = kafka.status;
  at('status').className = kafka.status;
  at('reasons').replaceChildren(...p.reasons.map(r => Object.assign(document.createElement('li'), {textContent: r})));
  const sent = total(metrics, 'kafka_producer_messages_sent_total');
  const spread = buckets(metrics, 'kafka_producer_send_duration_seconds');
  if (before) {
    const rate = (sent - before.sent) / ((now - before.now) / 1000);
    rates.push(rate);
    if (rates.length > 120) rates.shift();
    at('rate').textContent = number(rate) + ' /s';
    const most = Math.max(1, ...rates);
    at('curve').setAttribute('points', rates.map((r, i) => `${i + 120 - rates.length},${39 - 38 * r / most}`).join(' '));
    const half = quantile(spread, before.spread, 0.5), most99 = quantile(spread, before.spread, 0.99);
    const text = q => q === null ? '-' : q === Infinity ? '> 10 s' : '≤ ' + seconds(q);
    at('median').textContent = text(half);
    at('tail').textContent = 'half of them; 99 %: ' + text(most99);
  }
  before = {sent, spread, now};
  at('sent').textContent = number(p.messages.persisted) + ' persisted of ' + number(p.messages.accepted);
  at('circuit').textContent = p.circuit.replace('_', ' ');
  at('brokers').textContent = p.brokersUp + (p.brokersUp === 1 ? ' broker is up' : ' brokers are up');
  at('flight').textContent = number(p.messages.inFlight) + ' in flight';
  at('slots').value = p.slotsUsed;
  at('oldest').textContent = p.oldestInFlightMs ? 'the oldest waits ' + seconds(p.oldestInFlightMs / 1000) : '';
  at('letters').textContent = number(total(metrics, 'kafka_producer_dead_letters_total'));
  at('failed').textContent = number(p.messages.notPersisted) + ' not persisted, ' + number(p.messages.unknown) + ' unknown, ' +
    number(p.messages.refused) + ' refused';
  at('failure').textContent = p.lastFailure ? `${p.lastFailure.time} ${p.lastFailure.error}: ${p.lastFailure.cause}` : 'none';
  at('since').textContent = new Date().toLocaleTimeString();
}
async function look() {
  try {
    const [health, metrics] = await Promise.all(['/api/health/detailed', '/api/metrics/json'].map(path => fetch(path)));
    show(await health.json(), (await metrics.json()).metrics, performance.now());
  } catch (e) {
    at('status').textContent = 'no answer';
    at('status').className = 'fail';
  }
  setTimeout(look, 1000);
}
at('form').addEventListener('submit', async e => {
  e.preventDefault();
  const task = {userEmail: 'user@example.com', query: e.target.elements.query.value, originalUrl: 'https://example.com'};
  const r = await fetch('/tasks', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(task)});
  const said = await r.json();
  at('answer').textContent = r.ok ? `${said.topic}[${said.partition}]@${said.offset}` : said.error;
});
at('trouble').addEventListener('click', async () => {
  const r = await fetch('/trouble', {method: 'POST'});
  at('answer').textContent = r.ok ? 'they are away' : (await r.json()).error;
});
look();
</script>
</body>
</html>
)html";

}  // namespace gateway
