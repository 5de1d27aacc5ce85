// What was begun to be written in each channel. Texts survive a reload; files do not.

const files = new Map();

function key(who, channelId) {
  return `draft ${who} ${channelId}`;
}

/** Keep a draft `{text, reply, form, files}`; an empty one is forgotten. */
export function keepDraft(who, channelId, draft) {
  const name = key(who, channelId);
  const { files: attached, ...written } = draft;
  if (attached.length) files.set(name, attached);
  else files.delete(name);
  if (written.text || written.reply || written.form) sessionStorage.setItem(name, JSON.stringify(written));
  else sessionStorage.removeItem(name);
}

/** Return what was kept, perhaps an empty draft. */
export function draftOf(who, channelId) {
  const name = key(who, channelId);
  const written = JSON.parse(sessionStorage.getItem(name) ?? "{}");
  return { text: "", reply: null, form: null, ...written, files: files.get(name) ?? [] };
}
