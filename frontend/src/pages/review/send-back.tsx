import { type FormEvent, useState } from "react";
import { Sheet } from "../../parts/sheet";

type Props = { author: string | undefined; send: (comment: string) => void; close: () => void };

export function SendBack({ author, send, close }: Props) {
  const [comment, setComment] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(comment.trim());
  };
  return (
    <Sheet title="Send back" close={close}>
      <form className="stack" onSubmit={submit}>
        <label className="field">
          <span>What to look at</span>
          <input
            value={comment}
            onChange={(event) => setComment(event.target.value)}
            maxLength={5000}
            autoComplete="off"
            autoFocus
          />
          <span className="hint">
            {author
              ? `${author} gets the image again and reads this; after a day it is anybody's.`
              : "The image goes to whoever labels next."}
          </span>
        </label>
        <div className="row end">
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button className="button primary">Send back</button>
        </div>
      </form>
    </Sheet>
  );
}
