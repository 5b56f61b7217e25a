/** An element with these properties. `style` is text: it is set through the CSSOM, which a strict `style-src` allows. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<Omit<HTMLElementTagNameMap[K], "style">> & { style?: string },
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), properties as object);
}
