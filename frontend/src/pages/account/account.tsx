import { PageHead } from "../../parts/notes";
import { useSession } from "../../parts/session";
import { Forgotten } from "./forgotten";
import { NewUser } from "./new-user";
import { Password } from "./password";
import { Tokens } from "./tokens";

export default function Account() {
  const { user } = useSession();
  return (
    <main className="page form-page">
      <PageHead title={user.username} text={user.is_admin ? "Site admin" : "Account"} />
      <Tokens />
      <Password />
      {user.is_admin && <NewUser />}
      {user.is_admin && <Forgotten />}
    </main>
  );
}
