import { type FormEvent, useState } from "react";
import { api, need } from "../../api/client";
import { ErrorNote } from "../../parts/notes";

export function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [changed, setChanged] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setChanged(false);
    setError(null);
    try {
      await need(api.POST("/api/session/password/", { body: { current, new: next } }));
      setChanged(true);
      setCurrent("");
      setNext("");
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form className="panel stack" onSubmit={submit}>
      <h2>Password</h2>
      <div className="two">
        <label className="field">
          <span>Current password</span>
          <input
            type="password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
            autoComplete="current-password"
            required
          />
        </label>
        <label className="field">
          <span>New password</span>
          <input
            type="password"
            value={next}
            onChange={(event) => setNext(event.target.value)}
            autoComplete="new-password"
            minLength={8}
            required
          />
          <span className="hint">At least 8 characters.</span>
        </label>
      </div>
      <ErrorNote error={error} />
      {changed && (
        <p className="note good" role="status">
          Changed. Other sessions have ended.
        </p>
      )}
      <div>
        <button className="button">Change the password</button>
      </div>
    </form>
  );
}
