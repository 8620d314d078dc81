import { useState } from "react";
import { Icon } from "./icon";

export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await write(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" className="button small" onClick={() => void copy()}>
      <Icon name={copied ? "accept" : "copy"} /> {copied ? "Copied" : "Copy"}
    </button>
  );
}

/** Outside of HTTPS and localhost there is no clipboard API: a selection has to do. */
async function write(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
