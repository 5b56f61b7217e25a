import { postForm } from "../launcher/form.js";

type Loose = Record<string, unknown>;

/**
 * Hands a result over the old way, once: to `callbackFunction`, else as a form to `PCD_RST_URL`.
 * A callback may be named by text, because some pages build their object from JSON.
 */
export function deliverTo(object: Loose): (result: Loose) => void {
  let delivered = false;
  return (result) => {
    if (delivered) return;
    delivered = true;
    const given = object.callbackFunction;
    const callback = typeof given === "string" ? (window as unknown as Loose)[given] : given;
    if (typeof callback === "function") callback(result);
    else if (result.PCD_RST_URL || object.PCD_RST_URL) {
      const texts = Object.entries(result).filter((entry): entry is [string, string] => typeof entry[1] === "string");
      postForm(String(result.PCD_RST_URL || object.PCD_RST_URL), texts);
    }
  };
}
