export interface Size {
  width: number;
  height: number;
}

/** An empty window in the middle of this one; a tab on a phone. `null` when the browser refuses it. */
export function openBlank(name: string, { width, height }: Size): Window | null {
  const x = Math.round(screenX + (outerWidth - width) / 2);
  const y = Math.round(screenY + Math.max(0, (outerHeight - height) / 2));
  const popup = open("about:blank", name, `popup,width=${width},height=${height},left=${x},top=${y}`);
  return popup && !popup.closed ? popup : null;
}
