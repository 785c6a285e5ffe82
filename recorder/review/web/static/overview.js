// The list of recordings. It was rendered by the server: after a change it is asked again.
import "./dates.js";
import { watch } from "./state.js";
import { start as undo } from "./undo.js";

watch("version", () => location.reload());
undo();
