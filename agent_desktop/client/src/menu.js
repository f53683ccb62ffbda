/** A button with a menu (ARIA menu pattern): arrows, Home, End, first letters, Escape; focus returns to where it was. */
export class Menu {
  constructor(button, menu, chosen) {
    this.button = button;
    this.menu = menu;
    this.typed = "";
    this.before = null;
    button.addEventListener("click", () => (this.open_ ? this.close() : this.open()));
    menu.addEventListener("keydown", (event) => this.key(event));
    menu.addEventListener("click", (event) => {
      const item = event.target.closest("[data-choose]");
      if (!item) return;
      this.close();
      chosen(item.dataset.choose);
    });
    document.addEventListener("pointerdown", (event) => {
      if (this.open_ && !menu.contains(event.target) && !button.contains(event.target)) this.close(false);
    });
  }

  get open_() {
    return !this.menu.hidden;
  }

  get items() {
    return [...this.menu.querySelectorAll("[data-choose]")];
  }

  open() {
    if (this.button.disabled) return;
    this.before = document.activeElement;
    this.menu.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.items[0].focus();
  }

  close(restore = true) {
    if (!this.open_) return;
    const inside = this.menu.contains(document.activeElement);
    this.menu.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (restore && inside) (this.before?.isConnected && this.before !== document.body ? this.before : this.button).focus();
  }

  key(event) {
    const items = this.items;
    const at = items.indexOf(document.activeElement);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 };
    if (event.key in steps) {
      items[steps[event.key] % items.length].focus();
    } else if (event.key === "Escape") {
      this.close();
      event.stopPropagation();
    } else if (event.key === "Tab") {
      this.close();
      return;
    } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey) {
      this.type(event.key);
    } else {
      return;
    }
    event.preventDefault();
  }

  type(letter) {
    clearTimeout(this.forget);
    this.forget = setTimeout(() => (this.typed = ""), 700);
    this.typed += letter.toLowerCase();
    const wanted = this.items.find((item) => item.textContent.trim().toLowerCase().startsWith(this.typed));
    wanted?.focus();
  }
}
