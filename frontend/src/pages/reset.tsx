import { type FormEvent, useEffect, useState } from "react";
import { api, need } from "../api/client";
import { ErrorNote } from "../parts/notes";

/** Where a manager's link leads: choose a new password. Nobody is signed in here. */
export default function Reset() {
  const [secret] = useState(() => location.hash.slice(1));
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [name, setName] = useState("");
  useEffect(() => {
    // Nobody who looks at this screen or at its history later finds the link.
    history.replaceState(history.state, "", location.pathname);
  }, []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    await need(api.POST("/api/auth/reset/", { body: { secret, password } }))
      .then(({ username }) => setName(username), setError)
      .finally(() => setBusy(false));
  };
  return (
    <div className="sheet whole">
      <form className="panel" onSubmit={submit} aria-labelledby="reset">
        <div className="row still">
          <img src="/static/icon.svg" alt="" width="28" height="28" />
          <h1 id="reset">Choose a new password</h1>
        </div>
        {!secret && <p className="note bad">This link is not whole. Copy all of it, or ask for a new one.</p>}
        {secret && !name && (
          <label className="field">
            <span>New password</span>
            <input
              type="password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              autoComplete="new-password"
              minLength={8}
              autoFocus
              required
            />
            <span className="hint">At least 8 characters.</span>
          </label>
        )}
        <ErrorNote error={error} />
        {name && (
          <p className="note good" role="status">
            {name} has a new password. Sessions and tokens of before have ended.
          </p>
        )}
        {secret && !name ? (
          <button className="button primary" disabled={busy}>
            Set the password
          </button>
        ) : (
          <a className="button primary" href="/">
            Sign in
          </a>
        )}
      </form>
    </div>
  );
}
