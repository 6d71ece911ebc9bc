//! The three standard streams and what is known about them.

use std::fmt;
use std::io::{self, BufRead, IsTerminal, Write};

/// Standard output for data, standard error for everything else.
pub(crate) struct Terminal {
    pub(crate) out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    pub(crate) out_is_tty: bool,
    pub(crate) err_is_tty: bool,
    in_is_tty: bool,
    /// Whether standard error shows colours.
    pub(crate) colour: bool,
}

impl Terminal {
    /// The process's own streams. Colour needs a terminal and no `NO_COLOR`.
    pub(crate) fn open() -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            out_is_tty: out.is_terminal(),
            err_is_tty: err.is_terminal(),
            in_is_tty: io::stdin().is_terminal(),
            colour: err.is_terminal() && !no_colour,
            out: Box::new(io::BufWriter::new(out)),
            err: Box::new(err),
        }
    }

    /// One line for the reader, not for a program. A closed standard error is no failure.
    pub(crate) fn note(&mut self, line: impl fmt::Display) {
        let _ = writeln!(self.err, "{line}");
    }

    pub(crate) fn error(&mut self, line: impl fmt::Display) {
        self.labelled("error", "31", line);
    }

    pub(crate) fn hint(&mut self, line: impl fmt::Display) {
        self.labelled("hint", "36", line);
    }

    /// Asks before something that cannot be undone. Where nobody can answer, the command line
    /// itself was the decision.
    pub(crate) fn confirm(&mut self, question: impl fmt::Display) -> io::Result<bool> {
        if !self.in_is_tty || !self.err_is_tty {
            return Ok(true);
        }
        write!(self.err, "{question} [y/N] ")?;
        self.err.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    fn labelled(&mut self, label: &str, code: &str, line: impl fmt::Display) {
        let _ = if self.colour {
            writeln!(self.err, "\x1b[1;{code}m{label}:\x1b[0m {line}")
        } else {
            writeln!(self.err, "{label}: {line}")
        };
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::Terminal;

    /// What was written to one stream.
    #[derive(Clone, Default)]
    pub(crate) struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A terminal whose streams are kept, output and notes, and are no TTY.
    pub(crate) fn terminal() -> (Terminal, Page, Page) {
        let (out, err) = (Page::default(), Page::default());
        let terminal = Terminal {
            out: Box::new(out.clone()),
            err: Box::new(err.clone()),
            out_is_tty: false,
            err_is_tty: false,
            in_is_tty: false,
            colour: false,
        };
        (terminal, out, err)
    }
}
