// Discord's Markdown as DOM nodes.

import { el, link, webAddress } from "./dom.js";
import { highlighted } from "./highlight.js";
import { stamp } from "./times.js";

// Blocks of whole lines: code, a spoiler with code inside, a quote.
const LINES = new RegExp([
  /```(?:([\w+#.-]+)\n)?\n*([^\n][^]*?)\n*```/,
  /\|\|((?:(?!\|\|)[^])*```[^]*?```(?:(?!\|\|)[^])*)\|\|/,
  /^(>>> [^]*|(?:> .*(?:\n|$(?![^])))+)/,
].map((pattern) => pattern.source).join("|"), "gm");

// Tried in this order at each position; the first group is the content.
const INLINE = [
  [/^\\([^\w\s])/, ([, character]) => character],
  [/^(`+)([^]*?[^`])\1(?!`)/, ([, , code]) => el("code", {}, trimmedCode(code))],
  [/^<t:(-?\d{1,17})(?::([tTdDfFsSR]))?>/, ([whole, seconds, style]) => stamp(seconds, style) ?? whole],
  [/^<@!?(\d+)>/, ([, id], names) => mention(`@${names.user(id)}`)],
  [/^<@&(\d+)>/, ([, id], names) => mention(`@${names.role(id)}`)],
  [/^<#(\d+)>/, ([, id], names) => mention(`#${names.channel(id)}`, () => names.show(id))],
  [/^<\/([^:>]+):\d+>/, ([, name]) => mention(`/${name}`)],
  [/^<a?:(\w+):\d+>/, ([, name]) => `:${name}:`],
  [/^<(https?:\/\/[^\s>]+)>/, ([whole, address], names) => bareLink(address, whole, names)],
  [/^\[((?:\\.|[^[\]\\])+)\]\(<?(https?:\/\/[^\s)>]+)>?(?:\s+"[^"]*")?\)/, maskedLink],
  [/^https?:\/\/(?:\([^\s()]*\)|[^\s<()])*(?:\([^\s()]*\)|[^\s<.,:;"'\]()*_~|])/, ([address], names) => bareLink(address, address, names)],
  [/^\*\*\*(?=\S)([^]*?\S)\*\*\*(?!\*)/, ([, text], names) => el("strong", {}, el("em", {}, inline(text, names)))],
  [/^\*\*(?=\S)([^]*?\S\*?)\*\*(?!\*)/, ([, text], names) => el("strong", {}, inline(text, names))],
  [/^__(?=\S)([^]*?\S)__(?!_)/, ([, text], names) => el("u", {}, inline(text, names))],
  [/^\*(?=[^\s*])([^]*?[^\s*])\*(?!\*)/, ([, text], names) => el("em", {}, inline(text, names))],
  [/^_(?=[^\s_])([^]*?[^\s_])_(?![\w_])/, ([, text], names) => el("em", {}, inline(text, names))],
  [/^~~(?=\S)([^]*?\S)~~/, ([, text], names) => el("s", {}, inline(text, names))],
  [/^\|\|([^]+?)\|\|/, ([, text], names) => spoiler(inline(text, names))],
];
const NEXT = /[\\`<[*_~|]|https?:\/\//;

// Single lines: a heading, subtext.
const BLOCKS = [
  [/^(#{1,3}) +(\S.*)$/, heading],
  [/^-# +(\S.*)$/, ([, text], names) => el("div", { class: "subtext" }, inline(text, names))],
];

/** Return the nodes of the first line that says something, for replies to a message. */
export function renderLine(text, names) {
  const lines = text.replace(/^```[\w+#.-]*$/gm, "").split("\n").map((line) => line.replace(/^(?:>>> |> |#{1,3} |-# )/, ""));
  return inline((lines.find((line) => line.trim()) ?? "").slice(0, 120), names);
}

/** Return the nodes of a message. `names` looks up users, roles and channels by id. */
export function render(text, names) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(LINES)) {
    const [whole, language, code, hidden, quoted] = found;
    nodes.push(...blocks(text.slice(at, found.index).replace(/\n$/, ""), names));
    if (code) nodes.push(codeBlock(language, code));
    else if (hidden) nodes.push(spoiler(render(hidden, names)));
    else nodes.push(quote(quoted, names));
    at = found.index + whole.length;
    if (text[at] === "\n" && !quoted) at += 1;
  }
  nodes.push(...blocks(text.slice(at), names));
  return nodes;
}

function blocks(text, names) {
  if (text === "") return [];
  const lines = text.split("\n");
  const nodes = [];
  let plain = [];
  const flush = () => {
    if (plain.length) nodes.push(el("div", { class: "text" }, inline(plain.join("\n"), names)));
    plain = [];
  };
  while (lines.length) {
    const special = list(lines, names) ?? single(lines, names);
    if (special) {
      flush();
      nodes.push(special);
    } else {
      plain.push(lines.shift());
    }
  }
  flush();
  return nodes;
}

function single(lines, names) {
  for (const [pattern, build] of BLOCKS) {
    const found = pattern.exec(lines[0]);
    if (found) {
      lines.shift();
      return build(found, names);
    }
  }
  return null;
}

function quote(text, names) {
  const inner = text.startsWith(">>> ") ? text.slice(4) : text.replace(/\n$/, "").replace(/^> /gm, "");
  return el("blockquote", {}, render(inner, names));
}

function list(lines, names) {
  const first = /^( *)([-*]|\d{1,9}\.) +\S/.exec(lines[0]);
  if (!first) return null;
  const ordered = /\d/.test(first[2]);
  const node = el(ordered ? "ol" : "ul", ordered ? { start: parseInt(first[2], 10) } : {});
  while (lines.length) {
    const item = /^( *)([-*]|\d{1,9}\.) +(\S.*)$/.exec(lines[0]);
    if (!item || item[1].length < first[1].length) break;
    if (item[1].length > first[1].length) {
      (node.lastElementChild ?? node).append(list(lines, names));
      continue;
    }
    if (/\d/.test(item[2]) !== ordered) break;
    lines.shift();
    node.append(el("li", {}, inline(item[3], names)));
  }
  return node;
}

function heading([, marks, text], names) {
  return el(`h${marks.length + 2}`, { class: `heading-${marks.length}` }, inline(text, names));
}

function inline(text, names) {
  const nodes = [];
  let plain = "";
  while (text) {
    const found = firstMatch(text, plain);
    if (found) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(found.build(found.match, names));
      text = text.slice(found.match[0].length);
      continue;
    }
    const skip = text.slice(1).search(NEXT) + 1 || text.length;
    plain += text.slice(0, skip);
    text = text.slice(skip);
  }
  if (plain) nodes.push(plain);
  return nodes.flat();
}

function firstMatch(text, before) {
  for (const [pattern, build] of INLINE) {
    // Keep the underscores of snake_case_names.
    if (text[0] === "_" && text[1] !== "_" && /\w$/.test(before)) continue;
    const match = pattern.exec(text);
    if (match) return { match, build };
  }
  return null;
}

function trimmedCode(code) {
  return /^ .*\S.* $/s.test(code) ? code.slice(1, -1) : code;
}

function codeBlock(language, code) {
  const copy = el("button", { class: "copy", type: "button", "aria-label": "Copy code", onclick: (event) => copied(event, code) }, "Copy");
  const name = language ? el("span", { class: "language" }, language) : null;
  return el("pre", {}, el("div", { class: "code-tools" }, name, copy), el("code", {}, highlighted(language, code)));
}

async function copied(event, code) {
  const button = event.currentTarget;
  await navigator.clipboard.writeText(code);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

function maskedLink([whole, text, address], names) {
  const url = webAddress(address);
  return url ? leading(url, inline(text, names), names) : whole;
}

function bareLink(address, whole, names) {
  const url = webAddress(address);
  return url ? leading(url, address, names) : whole;
}

/** Return a link; a link to a message opens it on this page. */
function leading(url, label, names) {
  const [, channel, message] = /^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)$/.exec(url) ?? [];
  if (!message) return link(url, label);
  const open = (event) => {
    event.preventDefault();
    names.open(channel, message);
  };
  const isBare = label === url;
  return el("a", { href: url, class: isBare ? "to-message mention" : "to-message", onclick: open }, isBare ? `#${names.channel(channel)} › message` : label);
}

/** Return a mention; that of a place leads there. */
function mention(text, go) {
  return go ? el("button", { type: "button", class: "mention", onclick: go }, text) : el("span", { class: "mention" }, text);
}

function spoiler(nodes) {
  const reveal = (event) => {
    if (event.key && !["Enter", " "].includes(event.key)) return;
    event.currentTarget.classList.add("revealed");
  };
  return el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler", onclick: reveal, onkeydown: reveal }, nodes);
}
