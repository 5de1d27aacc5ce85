// What a screen reader is told, politely.

import { el } from "./dom.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const KEPT_MS = 20_000;
const LONGEST = 200;

/** Say a text when the reader has finished what it is reading. */
export function announce(text) {
  const line = el("p", {}, text);
  document.getElementById("said").append(line);
  setTimeout(() => line.remove(), KEPT_MS);
}

/** Return true if more of a message is to come: it has no text yet, or can be stopped. */
export function isGrowing(message) {
  const buttons = (message?.components ?? []).flatMap((row) => row.components ?? []);
  return Boolean(message?.flags & LOADING) || buttons.some((part) => part.label === "Stop");
}

/** Say what a message in sight means that came, or that changed from `before`. */
export function announceMessage(message, before, name) {
  if (message.error) announce(message.error);
  else if (isGrowing(message) && !isGrowing(before)) announce(`${name} is answering.`);
  else if (isGrowing(before) && !isGrowing(message)) announce(`${name} has finished.`);
  else if (!before) announce(`${name}: ${spoken(message)}`);
}

function spoken(message) {
  const text = message.content.replace(/<[@#/][^>]*>|[*_`~|>#]/g, "").replace(/\s+/g, " ").trim();
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text || "a message without text";
  return message.flags & EPHEMERAL ? `${short} (only you can see this)` : short;
}
