// Times as Discord shows them, by the sandbox's clock, in the reader's language and time zone.

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
// Name, length in seconds, and how many make up the next unit.
const UNITS = [
  ["second", 1, 60], ["minute", 60, 60], ["hour", 3600, 24],
  ["day", 86400, 30], ["month", 2629800, 12], ["year", 31557600, Infinity],
];
const SHOWN_AGAIN_MS = 5000;
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

let aheadMs = 0;

/** Let the clock show this time; it goes on from there. */
export function setNow(ms) {
  aheadMs = ms - Date.now();
  showTimesAgain();
}

export function nowMs() {
  return Date.now() + aheadMs;
}

export function format(date, style) {
  return new Intl.DateTimeFormat(undefined, STYLES[style] ?? STYLES.f).format(date);
}

/** Return "in 2 hours", rounded to the nearest unit. */
export function fromNow(date, now = nowMs()) {
  const seconds = Math.round((date.getTime() - now) / 1000);
  const count = (size) => Math.sign(seconds) * Math.round(Math.abs(seconds) / size);
  const [unit, size] = UNITS.find(([, length, limit]) => Math.abs(count(length)) < limit);
  return relative.format(count(size), unit);
}

/** Return how many midnights lie between date and now. */
function daysAgo(date, now) {
  const midnight = (of) => new Date(of.getFullYear(), of.getMonth(), of.getDate());
  // A day of 23 or 25 hours is one day.
  return Math.round((midnight(now) - midnight(date)) / 86400000);
}

/** Return "11:20" for today, "Yesterday at 11:20", or the date and time. */
function whenSent(date, now = new Date(nowMs())) {
  const days = daysAgo(date, now);
  if (days <= 0) return format(date, "t");
  return days === 1 ? `Yesterday at ${format(date, "t")}` : format(date, "s");
}

/** Return "Today", "Yesterday" or the date. */
function dayOf(date, now = new Date(nowMs())) {
  return { 0: "Today", 1: "Yesterday" }[daysAgo(date, now)] ?? format(date, "D");
}

const WAYS = { relative: fromNow, sent: whenSent, day: dayOf };

/** Return a <time> that is kept true: a way is "relative", "sent" or "day". */
export function timeNode(date, way) {
  const node = document.createElement("time");
  node.dateTime = date.toISOString();
  node.title = format(date, "F");
  node.dataset.way = way;
  node.textContent = WAYS[way](date);
  return node;
}

/** Return the <time> of a `<t:seconds:style>` timestamp, or null if it is out of range. */
export function stamp(seconds, style = "f") {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  const node = timeNode(date, "relative");
  node.className = "stamp";
  if (style === "R") return node;
  delete node.dataset.way;
  node.textContent = format(date, style);
  return node;
}

function showTimesAgain() {
  for (const node of document.querySelectorAll("time[data-way]")) {
    const text = WAYS[node.dataset.way](new Date(node.dateTime));
    if (text !== node.textContent) node.textContent = text;
  }
}

export function keepTimesFresh() {
  setInterval(showTimesAgain, SHOWN_AGAIN_MS);
}
