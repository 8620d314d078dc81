import { plural } from "../../parts/format";
import { Icon } from "../../parts/icon";

type Props = { files: File[]; next: () => void; leaveOut: (file: File) => void };

/** Videos that come after the one that is shown. */
export function Waiting({ files, next, leaveOut }: Props) {
  if (!files.length) return null;
  return (
    <div className="stack close">
      <div className="row between">
        <span role="status">{plural(files.length, "more video")} after this one</span>
        <button type="button" className="button small" onClick={next}>
          Go to the next without importing this
        </button>
      </div>
      <ul className="list small" aria-label="Videos that wait">
        {files.map((file, n) => (
          <li key={n} className="row between">
            <span className="break">{file.name}</span>
            <button
              type="button"
              className="button quiet icon small"
              aria-label={`Leave out ${file.name}`}
              onClick={() => leaveOut(file)}
            >
              <Icon name="close" size={12} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
