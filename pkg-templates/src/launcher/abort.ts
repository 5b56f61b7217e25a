import type { Trouble } from "./failed.js";

export const aborted = ({ reason }: AbortSignal): Trouble => ({ code: "aborted", cause: reason });

/** The same promise, unless the signal comes first. */
export const unlessAborted = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      const end = () => reject(aborted(signal));
      if (signal.aborted) end();
      signal.addEventListener("abort", end);
    }),
  ]);
