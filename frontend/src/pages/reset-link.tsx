import { useState } from "react";
import { api, need, type Schemas } from "../api/client";
import { CopyButton } from "../parts/copy";
import { when } from "../parts/format";
import { ErrorNote } from "../parts/notes";
import { Sheet } from "../parts/sheet";

type Props = { user: { id: number; username: string }; disabled?: boolean };

/** Makes a link by which somebody chooses a new password, and shows it once. */
export function ResetLink({ user, disabled }: Props) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button small"
        onClick={() => setAsking(true)}
        disabled={disabled}
        aria-label={`New password for ${user.username}`}
      >
        New password
      </button>
      {asking && <LinkSheet user={user} close={() => setAsking(false)} />}
    </>
  );
}

function LinkSheet({ user, close }: { user: Props["user"]; close: () => void }) {
  const [made, setMade] = useState<Schemas["LinkGiven"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const make = async () => {
    setError(null);
    const params = { path: { id: user.id } };
    await need(api.POST("/api/users/{id}/reset-link/", { params })).then(setMade, setError);
  };
  // Behind the #: browsers send that part to no server, so no log has it.
  const link = made && `${location.origin}/reset#${made.secret}`;
  return (
    <Sheet title={`A new password for ${user.username}`} close={close}>
      {!link && (
        <p className="break">
          You get a link to hand to {user.username}: whoever opens it chooses the password, once and within 24
          hours. All sessions and tokens of theirs end then. A link made before ends now.
        </p>
      )}
      <ErrorNote error={error} />
      {link && (
        <div className="stack" role="status">
          <p>
            Give this link to {user.username} alone. It is shown this once, and works until{" "}
            {when(made.expires)}.
          </p>
          <div className="row">
            <code className="break grow">{link}</code>
            <CopyButton text={link} />
          </div>
        </div>
      )}
      <div className="row end">
        <button type="button" className="button" onClick={close}>
          {link ? "Done" : "Cancel"}
        </button>
        {!link && (
          <button type="button" className="button primary" onClick={() => void make()}>
            Make the link
          </button>
        )}
      </div>
    </Sheet>
  );
}
