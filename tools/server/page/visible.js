// What clients send is data: before people see it, characters that show nothing, or change what is beside them, become
// their code points, as in ⟨U+202E⟩. The result goes into the page with textContent, never as markup.

// Controls, formats (bidi overrides and zero-width characters among them), what fonts leave out, line separators, lone
// surrogates, private use, unassigned ones, spaces of other kinds, and plain ones where they would not be seen.
const unseen =
  /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|(?! )\p{Zs}|(?<=^ *) | (?= *$)/gu;

const emoji = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]$/u;

/// The joiners and selectors that make one picture of several, such as 👩‍💻 and ❤️.
function isOfEmoji(character, before, after) {
  // Not a regular expression that ends in $: Chromium 156 then finds no character beyond U+FFFF in a class.
  const afterEmoji = emoji.test([...before].at(-1) ?? "");
  if (character === "\u200D") return afterEmoji && emoji.test([...after][0] ?? "");
  return character === "\uFE0F" && (afterEmoji || after.startsWith("\u20E3"));
}

const codePoint = (character) => `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/// The text with all of it to be seen.
export const visible = (text) =>
  String(text).replace(unseen, (character, at, whole) =>
    isOfEmoji(character, whole.slice(0, at), whole.slice(at + character.length)) ? character : codePoint(character),
  );
