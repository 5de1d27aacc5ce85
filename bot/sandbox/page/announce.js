// What a screen reader is told, politely.

import { el } from "./dom.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const KEPT = 12;
const LONGEST = 200;
// A long answer goes on in another message within this time.
const PAUSE_MS = 1500;

/** Say a text when the reader has finished what it is reading. */
export function announce(text) {
  const said = document.getElementById("said");
  said.append(el("p", {}, text));
  while (said.children.length > KEPT) said.firstElementChild.remove();
}

/** Return true if more of a message is to come: it has no text yet, or can be stopped. */
export function isGrowing(message) {
  const buttons = (message.components ?? []).flatMap((row) => row.components ?? []);
  return Boolean(message.flags & LOADING) || buttons.some((part) => part.label === "Stop");
}

const growing = new Set();
let isAnswering = false;
let pause = null;

/** Say what a message in sight means that came or changed; `body` shows its text. */
export function announceMessage(message, isNew, name, body) {
  if (message.error) announce(message.error);
  else if (isGrowing(message)) begun(message.id, name);
  else if (growing.delete(message.id)) ended(name);
  else if (isNew && !(isAnswering && message.author.bot)) announce(`${name}: ${spoken(message, body)}`);
}

/** Forget the answers that were growing, since they are out of sight. */
export function forgetAnswers() {
  growing.clear();
  clearTimeout(pause);
  isAnswering = false;
}

/** Say that an answer was deleted before it was whole. */
export function announceDeleted(message, name) {
  if (growing.delete(message.id)) ended(name);
}

function begun(id, name) {
  growing.add(id);
  clearTimeout(pause);
  if (!isAnswering) announce(`${name} is answering.`);
  isAnswering = true;
}

function ended(name) {
  if (growing.size) return;
  pause = setTimeout(() => {
    isAnswering = false;
    announce(`${name} has finished.`);
  }, PAUSE_MS);
}

function spoken(message, body) {
  const text = body.textContent.replace(/\s+/g, " ").trim();
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text || "a message without text";
  return message.flags & EPHEMERAL ? `${short} (only you can see this)` : short;
}
