/** Posts fields as a form, into the window or frame of that name; without a name this page goes there itself. */
export function postForm(action: string, fields: readonly (readonly [string, string])[], target = "_self"): void {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action, target, acceptCharset: "utf-8", hidden: true });
  for (const [name, value] of fields) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  document.body.append(form);
  // A field named "submit" would hide the method.
  HTMLFormElement.prototype.submit.call(form);
  form.remove();
}
