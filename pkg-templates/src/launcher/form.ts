import { element } from "./element.js";

/** Posts fields as a form, into the window or frame of that name; without a name this page goes there itself. */
export function postForm(action: string, fields: readonly (readonly [string, string])[], target = "_self"): void {
  const form = element("form", { method: "post", action, target, acceptCharset: "utf-8", hidden: true });
  for (const [name, value] of fields) form.append(element("input", { type: "hidden", name, value }));
  document.body.append(form);
  // A field named "submit" would hide the method.
  HTMLFormElement.prototype.submit.call(form);
  form.remove();
}
