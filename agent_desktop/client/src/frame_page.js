import { startFrame } from "./frame.js";

startFrame();
