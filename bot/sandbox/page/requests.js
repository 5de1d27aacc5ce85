// Requests to the server, and files as they are sent there.

// The address may name another person to act as: "?as=mira".

export const FILE_LIMIT = 10 * 1024 * 1024;
const NOT_RUNNING = { error: "The sandbox is not responding. Restart it, then reload this page." };

async function answered(what, options) {
  try {
    const response = await fetch(`/api/${what}`, options);
    return await response.json();
  } catch {
    return NOT_RUNNING;
  }
}

/** Return the server's answer; without one, an error to show. */
export function ask(what, body) {
  return answered(what + location.search, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
}

export function read(what) {
  return answered(what, {});
}

export function events() {
  return new EventSource(`/api/events${location.search}`);
}

export function dataUrl(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.readAsDataURL(file);
  });
}

export async function encoded(file) {
  const base64 = (await dataUrl(file)).split(",")[1] ?? "";
  return { filename: file.name, content_type: file.type, base64 };
}

/** Return the values of a command's options, those that are files apart: `{options, files}`. */
export async function encodedValues(values) {
  const options = {};
  const files = {};
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof File) files[name] = await encoded(value);
    else options[name] = value;
  }
  return { options, files };
}

export function bytes(size) {
  if (size < 1024) return size === 1 ? "1 byte" : `${size} bytes`;
  return size < 1048576 ? `${(size / 1024).toFixed(2)} KB` : `${(size / 1048576).toFixed(2)} MB`;
}
