// Mentions: written as @name and #channel, sent as ids.

import { el } from "./dom.js";

const SHOWN = 8;
const TYPED = /(?:^|\s)([@#])([^\s@#]*)$/;

export class Mentions {
  /** `known()` returns what may be mentioned: `{sign, label, token, note, isBot}`. */
  constructor(known) {
    this.known = known;
    this.chosen = new Map();
  }

  /** Return what the text before the caret may become: `{from, choices}`, or null. */
  typed(before) {
    const found = TYPED.exec(before);
    if (!found) return null;
    const [, sign, text] = found;
    const typed = text.toLowerCase();
    const named = this.known().filter((one) => one.sign === sign && one.label.toLowerCase().includes(typed));
    const starts = (one) => !one.label.toLowerCase().startsWith(typed);
    named.sort((one, other) => starts(one) - starts(other));
    return { from: before.length - text.length - 1, choices: named.slice(0, SHOWN) };
  }

  /** Return the text for a choice, and remember what it stands for. */
  choose({ sign, label, token }) {
    this.chosen.set(sign + label, token);
    return `${sign}${label} `;
  }

  /** Return the text as it is sent. */
  encode(text) {
    const names = new Map([...this.known().toReversed().map((one) => [one.sign + one.label, one.token]), ...this.chosen]);
    const longest = [...names.keys()].sort((one, other) => other.length - one.length);
    if (!longest.length) return text;
    const any = new RegExp(`(^|[^\\w<])(${longest.map(escaped).join("|")})(?![\\w])`, "g");
    return text.replace(any, (_, before, name) => before + names.get(name));
  }

  /** Return a message's text as it is written. */
  decode(text) {
    for (const { sign, label, token } of this.known()) {
      if (!text.includes(token) || sign + label === token) continue;
      this.chosen.set(sign + label, token);
      text = text.replaceAll(token, sign + label);
    }
    return text;
  }
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

export function mentionOption({ sign, label, note, isBot }) {
  return [el("span", { class: "sign" }, sign), el("b", {}, label),
    isBot ? el("span", { class: "badge" }, "APP") : "", el("span", { class: "subtext option-note" }, note)];
}
