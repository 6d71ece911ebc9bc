//! What selectors may be.

mod rules;

use super::advanced::{AdvancedSelector, FieldSelector};
use super::basic::{self, BasicSelector, DataResource};
use super::class::Class;
use super::{InvalidSelectors, Quotas, Scope};
use rules::{Rule, check_value, rule_of};

/// Basic selectors exist only for trails.
pub(super) fn basic(selectors: &[BasicSelector], quotas: &Quotas) -> Result<(), InvalidSelectors> {
    count(selectors.len(), quotas.selectors)?;
    let mut given = 0;
    for selector in selectors {
        let kind = &selector.read_write_type;
        if !["ReadOnly", "WriteOnly", "All"].contains(&kind.as_str()) {
            return Err(value("ReadWriteType", kind));
        }
        let excludable = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];
        let excluded = &selector.exclude_management_event_sources;
        if !excluded.iter().all(|source| excludable.contains(&source.as_str())) {
            return Err(InvalidSelectors::ExcludedSources);
        }
        for resource in &selector.data_resources {
            data_resource(resource)?;
            let counted = |text: &&String| !basic::is_all(&resource.kind, text);
            given += resource.values.iter().filter(counted).count();
        }
    }
    let limit = quotas.data_resources;
    if given > limit {
        return Err(InvalidSelectors::DataResources { given, limit });
    }
    Ok(())
}

fn count(given: usize, limit: usize) -> Result<(), InvalidSelectors> {
    if given == 0 || given > limit {
        return Err(InvalidSelectors::Selectors { given, limit });
    }
    Ok(())
}

fn value(member: &'static str, value: &str) -> InvalidSelectors {
    InvalidSelectors::Value { member, value: value.to_owned() }
}

fn data_resource(resource: &DataResource) -> Result<(), InvalidSelectors> {
    const VALUES: &str = "DataResources.Values";
    let DataResource { kind, values } = resource;
    if ![basic::S3, basic::LAMBDA, basic::DYNAMODB].contains(&kind.as_str()) {
        return Err(value("DataResources.Type", kind));
    }
    if values.is_empty() {
        return Err(value(VALUES, ""));
    }
    for text in values {
        if basic::is_all(kind, text) {
            continue;
        }
        let is_arn = super::kinds::is_arn_of(kind, text);
        if !is_arn || text.contains(['*', '?']) {
            return Err(value(VALUES, text));
        }
        if kind == basic::S3 && !is_object_arn(text) {
            return Err(InvalidSelectors::S3Arn(text.clone()));
        }
    }
    Ok(())
}

/// Whether the ARN has a bucket and the slash behind it.
fn is_object_arn(text: &str) -> bool {
    let resource = text.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split_once('/').is_some_and(|(bucket, _)| !bucket.is_empty())
}

pub(super) fn advanced(
    selectors: &[AdvancedSelector],
    scope: Scope,
    quotas: &Quotas,
) -> Result<(), InvalidSelectors> {
    // A trail is bound by the number of its values alone.
    let limit = match scope {
        Scope::Trail => quotas.values,
        Scope::EventDataStore => quotas.selectors,
    };
    count(selectors.len(), limit)?;
    for selector in selectors {
        let (class, name) = advanced_selector(selector, scope)?;
        if class.stands_alone() && selectors.len() > 1 {
            return Err(InvalidSelectors::Alone(name.to_owned()));
        }
    }
    let fields = selectors.iter().flat_map(|selector| &selector.field_selectors);
    let given = fields.flat_map(|field| field.operators()).map(|(_, values)| values.len()).sum();
    let limit = quotas.values;
    if given > limit {
        return Err(InvalidSelectors::Values { given, limit });
    }
    Ok(())
}

fn advanced_selector(
    selector: &AdvancedSelector,
    scope: Scope,
) -> Result<(Class, &str), InvalidSelectors> {
    if selector.name.as_ref().is_some_and(|name| name.chars().count() > 1000) {
        return Err(InvalidSelectors::Name);
    }
    if selector.field_selectors.is_empty() {
        return Err(InvalidSelectors::NoFields);
    }
    let (class, name) = category(selector, scope)?;
    let kind = match class {
        Class::Data => Some(sole(selector, "resources.type")?),
        Class::NetworkActivity => {
            sole(selector, "eventSource")?;
            None
        }
        _ => None,
    };
    for field in &selector.field_selectors {
        let rule = rule_of(class, scope, &field.field).ok_or_else(|| InvalidSelectors::Field {
            field: field.field.clone(),
            category: name.to_owned(),
        })?;
        check_field(field, rule, kind)?;
    }
    Ok((class, name))
}

fn category(selector: &AdvancedSelector, scope: Scope) -> Result<(Class, &str), InvalidSelectors> {
    let name = sole(selector, "eventCategory")?;
    let class = Class::from_name(name)
        .filter(|class| scope == Scope::EventDataStore || !class.stands_alone());
    let class = class.ok_or_else(|| InvalidSelectors::FieldValue {
        field: "eventCategory".to_owned(),
        value: name.to_owned(),
    })?;
    Ok((class, name))
}

/// The one value of a field that must be there once, equal to one value.
fn sole<'a>(
    selector: &'a AdvancedSelector,
    name: &'static str,
) -> Result<&'a str, InvalidSelectors> {
    let mut found = selector.field_selectors.iter().filter(|field| field.field == name);
    let (Some(field), None) = (found.next(), found.next()) else {
        return Err(InvalidSelectors::Once(name));
    };
    if let Some((operator, _)) = field.operators().find(|(operator, _)| *operator != "Equals") {
        return Err(InvalidSelectors::Operator { field: name.to_owned(), operator });
    }
    match field.equals.as_deref() {
        Some([value]) => Ok(value),
        _ => Err(InvalidSelectors::OneValue(name.to_owned())),
    }
}

fn check_field(
    field: &FieldSelector,
    rule: Rule,
    kind: Option<&str>,
) -> Result<(), InvalidSelectors> {
    let name = &field.field;
    if field.operators().next().is_none() {
        return Err(InvalidSelectors::NoOperator(name.clone()));
    }
    for (operator, values) in field.operators() {
        if !rule.allows(operator) {
            return Err(InvalidSelectors::Operator { field: name.clone(), operator });
        }
        if values.is_empty() {
            return Err(InvalidSelectors::NoOperator(name.clone()));
        }
        for value in values {
            if !(1..=2048).contains(&value.chars().count()) {
                return Err(InvalidSelectors::Length(name.clone()));
            }
            check_value(rule, operator, value, kind).map_err(|bad| bad.of(name, value))?;
        }
    }
    Ok(())
}
