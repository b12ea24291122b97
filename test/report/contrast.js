/* Texts whose contrast against their background is below what WCAG 2.2 asks for (4.5), with the ratio. Run in a page. */
(() => {
  const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const background = (e) => {
    if (!e) return [255, 255, 255];
    const color = parse(getComputedStyle(e).backgroundColor);
    return color.length === 4 && color[3] === 0 ? background(e.parentElement) : color;
  };
  const texts = [...document.querySelectorAll('body *:not(script):not(svg *)')].filter((e) =>
    [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()),
  );
  const poor = texts.flatMap((e) => {
    const [a, b] = [luminance(parse(getComputedStyle(e).color)), luminance(background(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return ratio < 4.5 ? [`${e.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`] : [];
  });
  return { checked: texts.length, poor };
})();
