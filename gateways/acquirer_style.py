"""How the sandbox acquirer's page looks, light and dark."""

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --page: light-dark(#F3F5F7, #0E141A); --surface: light-dark(#FFFFFF, #161F28);
  --text: light-dark(#16202A, #E8EEF4); --text-2: light-dark(#465362, #A7B4C1);
  --accent: light-dark(#0B57D0, #8AB8FF); --on-accent: light-dark(#FFFFFF, #06203F);
  --border: light-dark(#75828F, #71808F); --divider: light-dark(#D5DBE1, #2B3946);
  --note: light-dark(#E3E9FD, #1A2B57); --focus: light-dark(#0B57D0, #FFD54A);
}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; padding: 24px 12px; background: var(--page); color: var(--text);
  font: 16px/24px "Segoe UI", "Noto Sans", "PT Sans", "DejaVu Sans", sans-serif; }
main { max-width: 420px; margin: 0 auto; padding: 24px; background: var(--surface); border: 1px solid var(--divider);
  border-radius: 8px; }
nav { float: right; font-size: 14px; }
a { color: var(--accent); }
h1 { margin: 0; font-size: 20px; line-height: 26px; font-weight: 600; }
p { margin: 12px 0 0; }
.amount { font-size: 28px; line-height: 36px; font-weight: 600; font-variant-numeric: tabular-nums; }
.note { padding: 8px 12px; border-radius: 4px; background: var(--note); }
.hint { font-size: 14px; line-height: 20px; color: var(--text-2); }
.card { white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--text); }
form { margin-top: 16px; }
label { display: block; font-size: 14px; line-height: 20px; color: var(--text-2); }
input { width: 100%; min-height: 40px; padding: 4px 8px; border: 1px solid var(--border); border-radius: 4px;
  background: var(--surface); color: var(--text); font: inherit; font-variant-numeric: tabular-nums; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; align-items: end; }
button { width: 100%; min-height: 44px; margin-top: 16px; border: 0; border-radius: 4px; background: var(--accent);
  color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
"""
