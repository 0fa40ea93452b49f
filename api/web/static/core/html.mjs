// What modules make elements of: Preact, its hooks, signals, and htm for templates.

import { Fragment, createPortal, h, render } from "../vendor/preact.mjs";
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.mjs";
import { batch, computed, effect, signal, useComputed, useSignal } from "../vendor/preact-signals.mjs";
import htm from "../vendor/htm.mjs";

export const html = htm.bind(h);

export { Fragment, batch, computed, createPortal, effect, h, render, signal };
export { useCallback, useComputed, useEffect, useId, useLayoutEffect, useMemo, useRef, useSignal, useState };
