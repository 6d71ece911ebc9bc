//! Rust text without what is not code.

mod mask;

#[cfg(test)]
use super::Complaint;
#[cfg(test)]
use crate::tree::SourceFile;

/// The lines of a Rust file in which comments and literals are blank, so that a word in them is
/// not taken for code. Lines and columns are those of the file.
pub(super) struct Code {
    lines: Vec<String>,
    /// The first and last line, from 0, of each item under `#[cfg(test)]`, without the attribute.
    tests: Vec<(usize, usize)>,
    /// Whether the parent has the whole file under `#[cfg(test)]`.
    all_tests: bool,
}

/// A function: its name, and its first and last line, from 0.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Code {
    pub(super) fn read(text: &str) -> Self {
        let lines: Vec<String> = mask::mask(text).lines().map(str::to_owned).collect();
        let attributes = lines.iter().enumerate().filter(|(_, line)| line.trim() == "#[cfg(test)]");
        let items = attributes.map(|(at, _)| at + 1).filter(|first| has_body(&lines, *first));
        let tests = items.map(|first| (first, end_of_block(&lines, first))).collect();
        Self { lines, tests, all_tests: false }
    }

    /// The same for a file that only tests are compiled with.
    pub(super) fn read_test(text: &str) -> Self {
        Self { all_tests: true, ..Self::read(text) }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines.iter().enumerate().map(|(at, line)| (at, line.as_str()))
    }

    /// The lines outside tests.
    pub(super) fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(at, _)| !self.in_tests(*at))
    }

    /// Where each inline test module begins, from 0, and how many lines it has.
    pub(super) fn test_modules(&self) -> impl Iterator<Item = (usize, usize)> {
        let modules = self.tests.iter().filter(|(first, _)| self.lines[*first].contains("mod "));
        modules.map(|(first, last)| (*first, last - first + 1))
    }

    /// The functions with a body outside tests.
    pub(super) fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (first, line) in self.shipped() {
            let Some(name) = function_name(line) else { continue };
            if has_body(&self.lines, first) {
                let last = end_of_block(&self.lines, first);
                found.push(Function { name: name.to_owned(), first, last });
            }
        }
        found
    }

    fn in_tests(&self, line: usize) -> bool {
        self.all_tests || self.tests.iter().any(|(first, last)| *first <= line && line <= *last)
    }
}

/// The words of a line of code that could be names.
pub(super) fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty() && !word.starts_with(|first: char| first.is_ascii_digit()))
}

fn function_name(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let keyword = words.iter().position(|word| *word == "fn")?;
    identifiers(words.get(keyword + 1)?).next()
}

/// Whether an opening brace comes before a semicolon that ends the declaration.
fn has_body(lines: &[String], first: usize) -> bool {
    let mut depth = 0;
    for character in lines[first..].iter().flat_map(|line| line.chars()) {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' => return true,
            ';' if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// The line that closes the first brace opened at or after `first`.
fn end_of_block(lines: &[String], first: usize) -> usize {
    let mut depth = 0;
    for (at, line) in lines.iter().enumerate().skip(first) {
        for character in line.chars() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                return at;
            }
        }
    }
    lines.len() - 1
}

/// What a rule says about a file that a self-test makes up.
#[cfg(test)]
pub(super) fn complaints_of(
    rule: fn(&SourceFile, &Code) -> Vec<Complaint>,
    path: &str,
    text: &str,
) -> Vec<String> {
    let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
    rule(&file, &Code::read(text)).iter().map(Complaint::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::{Code, identifiers};

    #[test]
    fn functions_and_tests_are_found() {
        let code = Code::read(
            "fn declared(size: [u8; 4]);\nfn one() {\n  let s = \"}\";\n  // }\n}\n\
             #[cfg(test)]\nmod tests {\n  fn two() {}\n}\nfn three() {}\n\
             #[cfg(test)]\nuse a;\n#[cfg(test)]\nfn four() {}\n",
        );
        let found: Vec<_> =
            code.functions().into_iter().map(|f| (f.name, f.first, f.last)).collect();
        assert_eq!(found, [("one".to_owned(), 1, 4), ("three".to_owned(), 9, 9)]);
        assert_eq!(code.test_modules().collect::<Vec<_>>(), [(6, 3)]);
    }

    #[test]
    fn identifiers_are_words_of_code() {
        let words: Vec<&str> = identifiers("let sum_of = 3u8 + a.b(C::D);").collect();
        assert_eq!(words, ["let", "sum_of", "a", "b", "C", "D"]);
    }
}
