// The first thing to do here: four chips above the composer.

import { isGrowing } from "./announce.js";
import { pullThePlug } from "./bar.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./state.js";

const HIDDEN = "no suggestions";
// By then the answer is in mid-sentence, and there is much more to come.
const CUT_AT_CHARACTERS = 240;
const at = (id) => document.getElementById(id);

let isCutting = false;

/** Offer the chips; `use(chip)` does what one says. */
export function offerChips(chips, about, use) {
  const hide = () => {
    sessionStorage.setItem(HIDDEN, "yes");
    at("welcome").hidden = true;
    at("text")?.focus();
  };
  at("welcome").hidden = !chips?.length || sessionStorage.getItem(HIDDEN) !== null;
  if (at("welcome").hidden) return;
  at("welcome").replaceChildren(
    el("p", {}, el("b", {}, "The bot is real; Discord and these people are not."), el("span", { class: "about" }, ` ${about}`)),
    el("div", { class: "chips" }, chips.map((chip) => el("button", {
      type: "button", class: "chip", onclick: () => {
        isCutting = chip.name === "plug";
        at("welcome").classList.add("known");
        use(chip);
      },
    }, icon(chip.name), chip.label))),
    el("button", { type: "button", class: "as-icon", "aria-label": "Hide these suggestions", title: "Hide these suggestions", onclick: hide }, icon("close")),
  );
}

/** Pull the plug once the answer that was asked for that is in mid-sentence. */
export function watchForThePlug(message) {
  if (!isCutting || message.author.id !== state.bot.id) return;
  if (!isGrowing(message) || message.content.length < CUT_AT_CHARACTERS) return;
  isCutting = false;
  pullThePlug();
}
