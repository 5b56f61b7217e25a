// Entry of sandbox.js: starts the program `paypair` as a sandbox and talks to it.

import { spawn, type ChildProcess } from "node:child_process";
import type * as Public from "../package/sandbox.js";
import { isPaypairError, PaypairError } from "../src/launcher/error.js";
import { control } from "./control.js";

async function startSandbox(config: Public.SandboxConfig = {}): Promise<Public.Sandbox> {
  const program = config.program ?? process.env.PAYPAIR_PROGRAM ?? "paypair";
  const child = spawn(program, ["sandbox", ...flags(config)], { stdio: ["ignore", "pipe", "pipe"] });
  const orphaned = () => child.kill();
  process.once("exit", orphaned);
  child.once("close", () => process.off("exit", orphaned));
  const url = await ready(child, program, config.timeoutMs ?? 10_000);
  return {
    url,
    gateways: { payple: `${url}/payple`, payletter: `${url}/payletter`, payletter_global: `${url}/payletter_global` },
    ...control(url),
    close: () => end(child),
  };
}

function flags({ port = 0, seed, clock, resendEvery, callbackHosts = [], args = [] }: Public.SandboxConfig): string[] {
  const named = { port, seed, clock, "resend-every": resendEvery };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return [
    ...given.flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...callbackHosts.flatMap((host) => ["--callback-host", host]),
    ...args,
  ];
}

/** Its address, from the line that says it is ready. */
function ready(child: ChildProcess, program: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (code: Public.SandboxCode, message: string, cause?: unknown) => {
      clearTimeout(late);
      child.kill();
      reject(new PaypairError(code, message, { cause }));
    };
    const late = setTimeout(() => fail("sandbox_late", `${program} was not ready after ${timeoutMs} ms: ${said}`), timeoutMs);
    const hear = (chunk: Buffer) => {
      said += chunk;
      const line = READY.exec(said);
      if (!line?.[1]) return;
      clearTimeout(late);
      // Nobody reads on, but a full pipe would stop the program.
      for (const stream of [child.stdout, child.stderr]) stream?.off("data", hear).resume();
      resolve(line[1]);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", (cause) => fail("program_missing", `${program} cannot be started: give its path as \`program\``, cause));
    child.once("close", (code) => fail("sandbox_ended", `${program} ended with ${code}: ${said.trim()}`));
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("close", () => resolve());
    child.kill();
  });
}

const READY = /^paypair sandbox: (\S+)\r?\n/m;

({ isPaypairError, PaypairError, startSandbox }) satisfies typeof Public;

export { isPaypairError, PaypairError, startSandbox };
