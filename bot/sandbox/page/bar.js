// The bar at the top: the bot's process, which can be killed, and the clock, which can be moved.

import { announce } from "./announce.js";
import { disable, el, isDisabled } from "./dom.js";
import { icon } from "./icons.js";
import { ask } from "./requests.js";
import { format, fromNow, nowMs, setNow } from "./times.js";

const HOUR_S = 3600;
const THEME = "theme";
const at = (id) => document.getElementById(id);

let before = null;
let goneAt = null;
let next = null;

/** Show and say how the bot's process is. `remark(text)` adds a line below the messages. */
export function showBot({ state, reason, again_in_s: again }, name, remark) {
  const soon = again ? ` It starts again in ${Math.ceil(again)} s.` : "";
  const text = { starting: `${name} is starting…`, killed: `${name} was killed.${soon}`, crashed: `${name} has crashed.` }[state] ?? `${name} is running`;
  at("bot-state").dataset.state = state;
  at("bot-text").textContent = at("bot-text").title = text;
  disable(at("plug"), state !== "running");
  at("crash").hidden = state !== "crashed";
  at("crash").textContent = state === "crashed" ? `${name} has crashed (${reason}).${soon} The terminal says more.` : "";
  if (before && state !== before) remarkOn(state, name, remark);
  before = state;
}

function remarkOn(state, name, remark) {
  if (before === "running") goneAt = Date.now();
  if (state === "killed") say(`The plug was pulled: ${name} was killed with SIGKILL, and could not say goodbye. It starts again by itself.`, remark);
  if (state === "crashed") remark(`${name} has crashed.`);
  const after = goneAt ? ` after ${((Date.now() - goneAt) / 1000).toFixed(1)} seconds` : "";
  if (state === "running") say(`${name} is back${after}, and goes on where it was.`, remark);
}

function say(text, remark) {
  remark(text);
  announce(text);
}

/** Follow the sandbox's clock. */
export function showClock(clock) {
  setNow(Date.parse(clock.now));
  next = clock.next;
  tick();
}

function tick() {
  const now = new Date(nowMs());
  const text = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" }).format(now);
  if (at("clock").textContent !== text) at("clock").textContent = text;
  at("clock").title = format(now, "F");
  const due = next ? `Next: ${next.what} ${fromNow(new Date(next.at))}` : "Nothing is due";
  if (at("to-next-text").textContent !== due) at("to-next-text").textContent = due;
  disable(at("to-next"), !next);
}

async function move(how) {
  const { error, now, next: due } = await ask("clock", { ...how, zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  if (error) {
    announce(error);
    return;
  }
  showClock({ now, next: due });
  announce(`It is now ${format(new Date(nowMs()), "F")}.`);
}

export async function pullThePlug() {
  const { error } = await ask("plug", {});
  if (error) announce(error);
}

function showTheme(theme) {
  document.documentElement.style.colorScheme = theme ?? "";
  const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const other = isDark ? "light" : "dark";
  const label = `Switch to ${other} colours`;
  const button = at("theme");
  button.replaceChildren(icon(other));
  button.title = label;
  button.setAttribute("aria-label", label);
  button.onclick = () => {
    localStorage.setItem(THEME, other);
    showTheme(other);
  };
}

export function fillBar() {
  const button = (id, text, act, more = {}) => el("button", {
    type: "button", id, class: "bar-button", onclick: ({ currentTarget }) => { if (!isDisabled(currentTarget)) act(); }, ...more,
  }, text);
  at("bar").replaceChildren(
    el("span", { id: "bot-state", dataset: { state: "running" } }, el("span", { class: "lamp", "aria-hidden": "true" }), el("span", { id: "bot-text" })),
    button("plug", [icon("plug"), "Pull the plug"], pullThePlug, { title: "Kill the bot's process with SIGKILL. It starts again by itself." }),
    el("span", { class: "bar-gap" }),
    el("span", { class: "bar-clock" }, icon("clock"), el("span", { id: "clock", role: "timer", "aria-label": "The sandbox's clock" })),
    button("to-hour", "+1 hour", () => move({ by: HOUR_S }), { "aria-label": "Move the clock by 1 hour" }),
    button("to-tomorrow", "Tomorrow 9:00", () => move({ to: "tomorrow" }), { "aria-label": "Move the clock to tomorrow 9:00" }),
    button("to-next", [el("span", { id: "to-next-text" }), el("span", { id: "to-next-short", "aria-hidden": "true" }, "Next due")], () => move({ to: "next" }),
      { title: "Move the clock to what is due next" }),
    el("button", { type: "button", id: "theme", class: "as-icon" }),
  );
  showTheme(localStorage.getItem(THEME));
  tick();
  setInterval(tick, 1000);
}
