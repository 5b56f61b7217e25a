/** What went wrong, as the core says it too: the launcher makes a `PaypairError` of it, with a sentence if there is none. */
export interface Trouble {
  code?: string;
  /** In the place of `code`: as the server says it, which may be newer than this package. */
  serverCode?: string | undefined;
  /** The server's "later": the same may be asked again. */
  retryable?: boolean | undefined;
  message?: string | undefined;
  field?: string | undefined;
  cause?: unknown;
}

/** For `catch`: the trouble by this name. */
export const failed =
  (code: string) =>
  (cause: unknown): never => {
    throw { code, cause } satisfies Trouble;
  };
