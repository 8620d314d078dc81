import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Schemas } from "../../api/client";
import { when } from "../../parts/format";
import { CopyButton } from "../../parts/copy";
import { ErrorNote, Skeleton } from "../../parts/notes";
import { Scroll } from "../../parts/scroll";

type Token = Schemas["TokenRow"];
const SCOPES: Record<NonNullable<Token["scope"]>, string> = {
  read: "reads and predicts",
  write: "reads and writes",
};
const DAYS = [7, 30, 90, 365];

export function Tokens() {
  const client = useQueryClient();
  const [made, setMade] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { data, isPending } = useQuery({
    queryKey: ["tokens"],
    queryFn: () => need(api.GET("/api/tokens/")),
  });
  const act = async (call: Promise<unknown>) => {
    setError(null);
    await call.catch(setError);
    void client.invalidateQueries({ queryKey: ["tokens"] });
  };
  const revoke = (id: number) => {
    setMade(null);
    void act(need(api.DELETE("/api/tokens/{id}/", { params: { path: { id } } })));
  };
  return (
    <section className="panel stack">
      <div className="stack close">
        <h2>API tokens</h2>
        <p className="muted">For programs. One that only reads can fetch predictions, too.</p>
      </div>
      <NewToken act={act} made={setMade} />
      <ErrorNote error={error} />
      {made && (
        <div className="note good stack" role="status">
          <span>Copy it now: it is not shown again.</span>
          <span className="row between">
            <code className="break">{made}</code>
            <CopyButton text={made} />
          </span>
        </div>
      )}
      {isPending && <Skeleton lines={2} />}
      {data?.results.length === 0 && <p className="muted">None yet.</p>}
      {Boolean(data?.results.length) && (
        <Scroll label="API tokens">
          <table className="wraps">
            <tbody>
              {data?.results.map((token) => (
                <Row key={token.id} token={token} revoke={() => revoke(token.id)} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

function Row({ token, revoke }: { token: Token; revoke: () => void }) {
  return (
    <tr>
      <td className="break">{token.name}</td>
      <td>
        <span className="badge">{SCOPES[token.scope ?? "read"]}</span>
      </td>
      <td className="muted small keep">until {when(token.expires)}</td>
      <td className="muted small keep">{token.last_used ? `used ${when(token.last_used)}` : "never used"}</td>
      <td className="number">
        <button className="button small" onClick={revoke} aria-label={`Revoke ${token.name}`}>
          Revoke
        </button>
      </td>
    </tr>
  );
}

type NewProps = { act: (call: Promise<unknown>) => Promise<void>; made: (token: string) => void };

function NewToken({ act, made }: NewProps) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState<keyof typeof SCOPES>("read");
  const [days, setDays] = useState(90);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const call = need(api.POST("/api/tokens/", { body: { name, scope, days } })).then((token) => {
      made(token.token);
      setName("");
    });
    void act(call);
  };
  return (
    <form className="row" onSubmit={submit}>
      <input
        className="grow"
        value={name}
        onChange={(event) => setName(event.target.value)}
        placeholder="What it is for"
        aria-label="Name of the token"
        required
        maxLength={100}
      />
      <select
        className="filter wide"
        value={scope}
        onChange={(event) => setScope(event.target.value as typeof scope)}
        aria-label="Scope"
      >
        {Object.entries(SCOPES).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <select
        className="filter"
        value={days}
        onChange={(event) => setDays(Number(event.target.value))}
        aria-label="Valid for"
      >
        {DAYS.map((count) => (
          <option key={count} value={count}>
            {count} days
          </option>
        ))}
      </select>
      <button className="button primary">Make a token</button>
    </form>
  );
}
