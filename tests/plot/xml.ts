/** A reader of XML that accepts what is well-formed and says where something is not: enough for the SVG that we write. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const token =
  /<([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>|<\/([A-Za-z][\w:-]*)>|([^<]+)/gy;

/** The root element of `source`. Throws where the text is not well-formed. */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  token.lastIndex = 0;
  let at = 0;
  while (at < source.length) {
    const match = token.exec(source);
    if (match === null) throw new Error(`not well-formed at ${at}: ${source.slice(at, at + 60)}`);
    const [, name, attributes, empty, closed, content] = match;
    const parent = open.at(-1)!;
    if (name !== undefined) {
      const element: XmlElement = { name, attributes: readAttributes(attributes!), children: [], text: "" };
      parent.children.push(element);
      if (empty === "") open.push(element);
    } else if (closed !== undefined) {
      if (parent.name !== closed) throw new Error(`</${closed}> closes <${parent.name}> at ${at}`);
      open.pop();
    } else {
      if (/&(?!amp;|lt;|gt;|quot;)/.test(content!)) throw new Error(`a bare & at ${at}: ${content}`);
      parent.text += unescapeText(content!);
    }
    at = token.lastIndex;
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is never closed`);
  if (root.children.length !== 1 || root.text.trim() !== "") throw new Error("one root element is expected");
  return root.children[0]!;
}

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, key, value] of source.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (key! in attributes) throw new Error(`attribute ${key} stands twice in ${source}`);
    attributes[key!] = unescapeText(value!);
  }
  return attributes;
}

function unescapeText(content: string): string {
  return content.replace(
    /&(amp|lt|gt|quot);/g,
    (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"' })[name]!,
  );
}

/** The element and everything in it, in document order. */
export function* descendants(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* descendants(child);
}

/** The texts that a reader sees. */
export function textsOf(root: XmlElement): string[] {
  return [...descendants(root)].filter((e) => e.name === "text").map((e) => e.text);
}
