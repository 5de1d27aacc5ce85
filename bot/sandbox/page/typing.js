// Who is typing in the channel.

import { el } from "./dom.js";
import { displayName } from "./messages.js";
import { names, state } from "./state.js";

const SHOWN_MS = 10_000;
const seen = new Map();

/** Remember that somebody types; their next message, given to `stopTyping`, ends it. */
export function startTyping(userId, channelId) {
  if (userId !== state.me.id) seen.set(userId, { channel: channelId, until: Date.now() + SHOWN_MS });
  showTyping();
}

export function stopTyping(userId) {
  seen.delete(userId);
  showTyping();
}

export function showTyping() {
  const here = [...seen.entries()].filter(([, { channel, until }]) => channel === state.channel?.id && until > Date.now());
  const known = (id) => names.user(id) === "unknown-user" ? displayName(state.bot, names) : names.user(id);
  const who = here.map(([id]) => known(id)).join(", ");
  const node = document.getElementById("typing");
  if (node.dataset.who === who) return;
  node.dataset.who = who;
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  node.replaceChildren(...(who ? [dots, el("span", {}, el("b", {}, who), ` ${here.length > 1 ? "are" : "is"} typing…`)] : []));
}

setInterval(showTyping, 1000);
