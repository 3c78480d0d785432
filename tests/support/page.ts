/** A page in a real Chromium, served from memory by a local server. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

/** Debian's Chromium, or the one that the environment names. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** No graphics card and no sandbox are needed, and the browser talks to nobody but the page's server. */
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The files of a site by their path: "/index.html", "/main.js". */
export type Site = Readonly<Record<string, string | Uint8Array>>;

/**
 * Opens `/` of a site (a bare page unless the site has an `/index.html`), calls `visit`, and closes everything again. An error that the page does
 * not catch makes the visit fail. The page is isolated from other origins, so that it may share memory between threads.
 */
export async function visitPage<T>(
  site: Site,
  visit: (page: Page) => Promise<T>,
  flags: readonly string[] = [],
): Promise<T> {
  const server = await serve({ "/index.html": "<!doctype html><title>Gradus</title>", "/favicon.ico": "", ...site });
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch({ executablePath, args: [...quiet, ...flags] });
    const page = await browser.newPage();
    const failed = new Promise<never>((_, reject) => page.on("pageerror", reject));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`); // a server on a port has such an address
    return await Promise.race([visit(page), failed]);
  } finally {
    await browser?.close();
    server.close();
  }
}

function serve(site: Site): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const path = url === "/" ? "/index.html" : url;
    const body = site[path];
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": contentTypes[extname(path)] ?? "application/octet-stream",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(body);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
