import markdownit from "markdown-it";

// As the server renders what is saved: raw HTML refused, safe link schemes alone, no images from anywhere.
const markdown = markdownit({ html: false, linkify: false }).disable("image");

export default function Preview({ text }: { text: string }) {
  if (!text.trim()) return <p className="muted">Nothing to see yet.</p>;
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: markdown.render(text) }} />;
}
