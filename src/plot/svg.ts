/**
 * SVG as text: elements, escaped content, numbers of two decimals. No DOM, so that pictures are made in Node, in a
 * worker and in a page alike.
 */
import { theme } from "./theme.ts";

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Makes content safe between tags and inside of double-quoted attributes; what XML 1.0 does not allow is left out. */
export function escapeText(content: string): string {
  const allowed = content.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");
  return allowed.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
}

/** A coordinate of at most two decimals: a hundredth of a pixel is finer than any screen. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Markup, piece by piece; pieces that are as many as the data come as one list. */
export type Content = readonly (string | readonly string[])[];

/** `<name attribute="…">children</name>`; attributes that are undefined are left out, children are markup already. */
export function element(name: string, attributes: Attributes, ...children: Content): string {
  let open = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    open += ` ${key}="${typeof value === "number" ? round(value) : escapeText(value)}"`;
  }
  return children.length === 0 ? `${open}/>` : `${open}>${children.flat().join("")}</${name}>`;
}

/** A line of text whose baseline begins at (x, y), or is centred or ends there by `text-anchor`. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(content));
}

export function group(attributes: Attributes, ...children: Content): string {
  return element("g", attributes, ...children);
}

export function rect(x: number, y: number, width: number, height: number, attributes: Attributes = {}): string {
  return element("rect", { x, y, width, height, ...attributes });
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string {
  return element("line", { x1, y1, x2, y2, ...attributes });
}

/** What a picture is: its size, its words, its content. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly subtitle?: string | undefined;
  /** What a screen reader says beyond the title. */
  readonly description: string;
}

/** Where the content of a picture begins below its title. */
export const headHeight = 68; // pixels

/** A whole SVG document: a white card with a title and a subtitle at the upper left. */
export function picture(options: Picture, ...content: Content): string {
  const { width, height, title, subtitle, description } = options;
  const body = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${round(width)} ${round(height)}`,
      role: "img",
      "font-family": theme.font,
      "font-size": 12,
      fill: theme.ink,
    },
    element("title", {}, escapeText(title)),
    element("desc", {}, escapeText(description)),
    rect(0.5, 0.5, width - 1, height - 1, { rx: 8, fill: theme.paper, stroke: theme.edge }),
    text(24, 33, title, { "font-size": 17, "font-weight": 600 }),
    subtitle === undefined ? "" : text(24, 52, subtitle, { fill: theme.muted }),
    ...content,
  );
  return `${body}\n`;
}
