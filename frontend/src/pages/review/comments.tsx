import { Comments, useSendComment } from "../../parts/comments";
import { Sheet } from "../../parts/sheet";

type Props = { image: number; said: () => void; close: () => void };

export function CommentsSheet({ image, said, close }: Props) {
  const send = useSendComment(image);
  return (
    <Sheet title="Comments" close={close}>
      <Comments image={image} send={(text) => send(text).then(said)} focus />
    </Sheet>
  );
}
