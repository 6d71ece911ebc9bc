//! From a REST request's line to an operation.
//!
//! The routes of a service are a tree of path segments. A literal is tried before a label, a label
//! before the rest of the path, and what leads nowhere is taken back: a node is met at most once
//! in a search, so the tree bounds the work, whatever the path.

use crate::cursor::Damaged;
use crate::{Condition, Operation};

/// What a route found.
#[derive(Debug)]
pub struct Matched<'s, 'a> {
    pub operation: &'s Operation,
    /// The values of the path's labels in their order, percent-encoded as they came.
    pub labels: Vec<Label<'a>>,
    /// How many segments of the path are literals: of two services that both know a path, the one
    /// with more is meant.
    pub literals: usize,
}

/// The value of one label of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    /// The wire name of the member, for example `Bucket`.
    pub name: &'static str,
    /// Percent-encoded.
    pub value: &'a str,
}

/// A request's line without its path, and what headers there are.
pub(crate) struct Line<'r> {
    pub(crate) method: &'r str,
    pub(crate) query: &'r str,
    pub(crate) has_header: &'r dyn Fn(&str) -> bool,
}

/// The routes of one service. The first node is the root.
#[derive(Debug, Default)]
pub(crate) struct Router {
    nodes: Vec<Node>,
    /// The parameters of queries that any route needs, sorted: `name`, or `name=value` where the
    /// value counts. Their places are the bits of `Parameters`.
    parameters: Vec<&'static str>,
}

/// Which of the router's parameters there are, one bit each.
type Parameters = u128;

/// What may follow one beginning of a path.
#[derive(Debug, Default)]
struct Node {
    /// Sorted.
    literals: Vec<(&'static str, usize)>,
    label: Option<usize>,
    /// Labels that take the rest of the path, the longest literal end first.
    greedy: Vec<Greedy>,
    ends: Vec<End>,
}

/// A label that takes several segments.
#[derive(Debug)]
struct Greedy {
    /// What follows the label, with its slash; empty for most.
    suffix: &'static str,
    ends: Vec<End>,
}

/// An operation whose path ends here.
#[derive(Debug)]
struct End {
    method: &'static str,
    operation: usize,
    labels: Box<[&'static str]>,
    literals: usize,
    parameters: Parameters,
    headers: Box<[&'static str]>,
}

impl Router {
    /// # Errors
    /// The routes need more parameters than can be told apart; the generator makes no such file.
    pub(crate) fn of(operations: &[Operation]) -> Result<Self, Damaged> {
        let routed = |operation: &&Operation| !operation.conditions.contains(&Condition::Never);
        let mut parameters: Vec<&str> =
            operations.iter().filter(routed).flat_map(parameters).collect();
        parameters.sort_unstable();
        parameters.dedup();
        if parameters.len() > Parameters::BITS as usize {
            return Err(Damaged);
        }
        let mut router = Self { nodes: vec![Node::default()], parameters };
        for (at, operation) in operations.iter().enumerate().filter(|(_, found)| routed(found)) {
            router.add(at, operation);
        }
        for node in &mut router.nodes {
            node.greedy.sort_by_key(|greedy| std::cmp::Reverse(greedy.suffix.len()));
            let all = node.greedy.iter_mut().map(|greedy| &mut greedy.ends);
            for ends in all.chain([&mut node.ends]) {
                ends.sort_by_key(|end| std::cmp::Reverse(end.needs()));
            }
        }
        Ok(router)
    }

    pub(crate) fn find<'s, 'a>(
        &'s self,
        operations: &'s [Operation],
        line: &Line<'_>,
        path: &'a str,
    ) -> Option<Matched<'s, 'a>> {
        let rest = path.strip_prefix('/')?;
        let search = Search { line, parameters: self.parameters(line.query) };
        let mut labels = Vec::new();
        let end = self.walk(self.nodes.first()?, Some(rest), &search, &mut labels)?;
        for (label, name) in labels.iter_mut().zip(&end.labels) {
            label.name = name;
        }
        Some(Matched { operation: &operations[end.operation], labels, literals: end.literals })
    }

    /// The names and values that routes need have no escapes, and clients send none in them.
    fn parameters(&self, query: &str) -> Parameters {
        let mut found = 0;
        if query.is_empty() || self.parameters.is_empty() {
            return found;
        }
        for parameter in query.split('&') {
            let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
            found |= self.bit(name) | self.bit(parameter);
        }
        found
    }

    fn bit(&self, parameter: &str) -> Parameters {
        self.parameters.binary_search(&parameter).map_or(0, |at| 1 << at)
    }

    /// `rest` is what follows the last slash; `None` after the last segment. An empty rest is a
    /// slash at the end, which says nothing. The depth is that of the tree.
    fn walk<'s, 'a>(
        &'s self,
        node: &'s Node,
        rest: Option<&'a str>,
        search: &Search<'_>,
        labels: &mut Vec<Label<'a>>,
    ) -> Option<&'s End> {
        let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
            return search.choose(&node.ends);
        };
        let (segment, after) = match rest.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (rest, None),
        };
        if !segment.is_empty() {
            if let Ok(at) = node.literals.binary_search_by(|(literal, _)| (*literal).cmp(segment)) {
                let next = &self.nodes[node.literals[at].1];
                if let Some(end) = self.walk(next, after, search, labels) {
                    return Some(end);
                }
            }
            if let Some(next) = node.label {
                labels.push(Label { name: "", value: segment });
                if let Some(end) = self.walk(&self.nodes[next], after, search, labels) {
                    return Some(end);
                }
                labels.pop();
            }
        }
        for greedy in &node.greedy {
            let Some(value) = greedy.value(rest) else { continue };
            if let Some(end) = search.choose(&greedy.ends) {
                labels.push(Label { name: "", value });
                return Some(end);
            }
        }
        None
    }

    fn add(&mut self, operation: usize, of: &Operation) {
        let path = of.uri.split('?').next().unwrap_or_default();
        let mut labels = Vec::new();
        let mut literals = 0;
        let mut at = 0;
        let mut suffix = None;
        let mut rest = path.trim_matches('/');
        while !rest.is_empty() {
            let (segment, after) = rest.split_once('/').unwrap_or((rest, ""));
            match segment.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
                None => {
                    at = self.literal(at, segment);
                    literals += 1;
                }
                Some(label) => match label.strip_suffix('+') {
                    None => {
                        labels.push(label);
                        at = self.label(at);
                    }
                    Some(label) => {
                        labels.push(label);
                        literals += after.split('/').filter(|segment| !segment.is_empty()).count();
                        suffix = Some(&rest[segment.len()..]);
                        break;
                    }
                },
            }
            rest = after;
        }
        let parameters = parameters(of).fold(0, |all, parameter| all | self.bit(parameter));
        let headers = of.conditions.iter().filter_map(|condition| match *condition {
            Condition::Header(name) => Some(name),
            Condition::Query(_) | Condition::Never => None,
        });
        let headers = headers.collect();
        let labels = labels.into();
        let end = End { method: of.method, operation, labels, literals, parameters, headers };
        match suffix {
            None => self.nodes[at].ends.push(end),
            Some(suffix) => self.nodes[at].greedy(suffix).push(end),
        }
    }

    fn literal(&mut self, at: usize, segment: &'static str) -> usize {
        match self.nodes[at].literals.binary_search_by(|(literal, _)| (*literal).cmp(segment)) {
            Ok(found) => self.nodes[at].literals[found].1,
            Err(place) => {
                let next = self.grow();
                self.nodes[at].literals.insert(place, (segment, next));
                next
            }
        }
    }

    fn label(&mut self, at: usize) -> usize {
        if let Some(next) = self.nodes[at].label {
            return next;
        }
        let next = self.grow();
        self.nodes[at].label = Some(next);
        next
    }

    fn grow(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }
}

impl Greedy {
    /// What the label takes of the rest of a path. A slash at the end is part of it where nothing
    /// follows the label.
    fn value<'a>(&self, rest: &'a str) -> Option<&'a str> {
        let value = if self.suffix.is_empty() {
            rest
        } else {
            rest.strip_suffix('/').unwrap_or(rest).strip_suffix(self.suffix)?
        };
        Some(value).filter(|value| !value.is_empty())
    }
}

impl Node {
    fn greedy(&mut self, suffix: &'static str) -> &mut Vec<End> {
        let found = self.greedy.iter().position(|greedy| greedy.suffix == suffix);
        let at = found.unwrap_or_else(|| {
            self.greedy.push(Greedy { suffix, ends: Vec::new() });
            self.greedy.len() - 1
        });
        &mut self.greedy[at].ends
    }
}

impl End {
    /// How much tells it from others of its path.
    fn needs(&self) -> usize {
        self.parameters.count_ones() as usize + self.headers.len()
    }
}

/// What is looked for below a path.
struct Search<'r> {
    line: &'r Line<'r>,
    parameters: Parameters,
}

impl Search<'_> {
    /// The first operation that the rest of the request fits: those that need most stand first.
    fn choose<'s>(&self, ends: &'s [End]) -> Option<&'s End> {
        ends.iter().find(|end| {
            end.parameters & !self.parameters == 0
                && end.method == self.line.method
                && end.headers.iter().all(|name| (self.line.has_header)(name))
        })
    }
}

/// What the query of a route and the operation's conditions ask for.
fn parameters(operation: &Operation) -> impl Iterator<Item = &'static str> {
    let query = operation.uri.split_once('?').map_or("", |(_, query)| query);
    let conditions = operation.conditions.iter().filter_map(|condition| match *condition {
        Condition::Query(name) => Some(name),
        Condition::Header(_) | Condition::Never => None,
    });
    query.split('&').filter(|literal| !literal.is_empty()).chain(conditions)
}
