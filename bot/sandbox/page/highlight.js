// Colours for code: comments, strings, numbers, keywords and names that are called.

import { el } from "./dom.js";

const C_LIKE = "break case catch class const continue default do else enum extends false finally for if import in instanceof interface new null package private protected public return static super switch this throw true try typeof var void while";
const WORDS = {
  python: "and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return True try while with yield self",
  javascript: `${C_LIKE} async await delete export function let of undefined yield`,
  typescript: `${C_LIKE} abstract any as async await boolean declare delete export function implements keyof let never number of readonly string type undefined unknown yield`,
  java: `${C_LIKE} abstract boolean byte char double final float implements int long native short synchronized throws volatile record sealed`,
  c: `${C_LIKE} auto bool char constexpr delete double explicit extern float inline int long namespace nullptr operator register short signed sizeof std struct template typedef union unsigned using virtual volatile include define`,
  csharp: `${C_LIKE} abstract async await base bool byte char decimal delegate double event float foreach get int internal is lock long namespace object out override params readonly ref sealed set string struct using virtual`,
  go: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false string int bool error byte",
  rust: "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while",
  shell: "if then else elif fi for while until do done case esac in function return local export set unset echo cd exit source sudo",
  sql: "select from where and or not in is null insert into values update set delete create table index view drop alter add primary key foreign references join left right inner outer on group by order having limit offset union all distinct as case when then else end begin commit rollback with",
  ruby: "alias and begin break case class def do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield require",
  kotlin: "as break class continue data do else false for fun if in interface is null object override package private return sealed super suspend this throw true try typealias val var when while",
  json: "true false null",
  css: "important media supports from to",
  html: "",
};
const ALIASES = {
  py: "python", python3: "python", js: "javascript", jsx: "javascript", mjs: "javascript", node: "javascript",
  ts: "typescript", tsx: "typescript", "c++": "c", cpp: "c", h: "c", cc: "c", cs: "csharp", "c#": "csharp", rs: "rust", golang: "go",
  sh: "shell", bash: "shell", zsh: "shell", console: "shell", rb: "ruby", kt: "kotlin", xml: "html", svg: "html", scss: "css",
  postgres: "sql", sqlite: "sql", json5: "json", jsonc: "json", yml: "yaml", dockerfile: "shell", makefile: "shell", make: "shell",
};
const HASHED = ["python", "shell", "ruby", "yaml", "toml", "ini"];
const PLAIN = ["", "text", "txt", "plain", "plaintext", "output", "log", "md", "markdown"];

const STRINGS = /"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?/;
// In a text of HTML, or before a lifetime of Rust, an apostrophe begins no string.
const QUOTED = { html: /"[^"]*"/, rust: /"(?:\\.|[^"\\])*"?|'(?:\\.[^'\n]*|[^'\\\n])'/ };
const NUMBER = /\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b/;
const NAME = /[A-Za-z_$][\w$]*(?=(\s*\()?)/;

function commentsOf(language) {
  if (HASHED.includes(language)) return /#[^\n]*/;
  if (language === "html") return /<!--[^]*?(?:-->|$)/;
  if (language === "sql") return /--[^\n]*|\/\*[^]*?(?:\*\/|$)/;
  return /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/;
}

/** Return the nodes of code; in a language that is not known only what most have in common. */
export function highlighted(language, code) {
  const given = (language ?? "").toLowerCase();
  const known = ALIASES[given] ?? given;
  if (PLAIN.includes(known)) return [code];
  if (known === "diff") return code.split(/(?<=\n)/).map(diffLine);
  const words = new Set((WORDS[known] ?? C_LIKE).split(" "));
  const strings = QUOTED[known] ?? STRINGS;
  const token = new RegExp(`(${commentsOf(known).source})|(${strings.source})|(${NUMBER.source})|(${NAME.source})`, "gi");
  const isWord = (name) => words.has(known === "sql" ? name.toLowerCase() : name);
  const nodes = [];
  let at = 0;
  for (const found of code.matchAll(token)) {
    const [whole, comment, string, number, , called] = found;
    const kind = comment ? "comment" : string ? "string" : number ? "number" : isWord(whole) ? "keyword" : called ? "called" : null;
    if (!kind) continue;
    nodes.push(code.slice(at, found.index), el("span", { class: `code-${kind}` }, whole));
    at = found.index + whole.length;
  }
  return [...nodes, code.slice(at)];
}

function diffLine(line) {
  const kind = { "+": "string", "-": "removed", "@": "number" }[line[0]];
  return kind ? el("span", { class: `code-${kind}` }, line) : line;
}
