//! How each column is encoded, and what a reader can leave out by it.

use arrow::datatypes::{DataType, Field};
use cairn_ports::lake::TableSchema;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{
    BloomFilterProperties, EnabledStatistics, WriterProperties, WriterPropertiesBuilder,
};
use parquet::schema::types::ColumnPath;

use super::{Packing, Settings};
use crate::schema::{self, EVENT_JSON, SEQ, SHAPE};

/// Columns by whose values single records are looked for.
const NEEDLES: &[&str] = &[
    "eventid",
    "requestid",
    "sharedeventid",
    "sourceipaddress",
    "_useridentity_accesskeyid",
    "_useridentity_principalid",
    "_useridentity_arn",
    "_useridentity_username",
    "_sessionissuer_arn",
    "_eventdata_uid",
    "_eventdata_principalid",
];

/// Columns whose values hardly repeat, so that a dictionary of them pays nothing.
const UNIQUE: &[&str] = &["eventid", "requestid", "sharedeventid", "_eventdata_uid"];

/// Columns that questions filter and group by, whose pages are small numbers into a dictionary:
/// compression would make them hardly smaller, and cost more time than all else in reading them.
const HOT: &[&str] = &[
    "eventtime",
    "eventsource",
    "eventname",
    "awsregion",
    "errorcode",
    "readonly",
    "managementevent",
    "eventcategory",
    "eventtype",
    "recipientaccountid",
    "_useridentity_type",
    "_useridentity_accountid",
    "_useridentity_invokedby",
    "_session_mfaauthenticated",
    "_requestparameters_instancetype",
    "_responseelements_consolelogin",
    "_additionaleventdata_mfaused",
];

/// Columns that questions filter by, with long values: what unpacks them fastest.
const WARM: &[&str] = &[
    "sourceipaddress",
    "_useridentity_principalid",
    "_useridentity_arn",
    "_useridentity_accesskeyid",
    "_useridentity_username",
    "_sessionissuer_arn",
    "_sessionissuer_username",
    "_requestparameters_bucketname",
    "_requestparameters_rolearn",
    "_requestparameters_rolename",
    "_requestparameters_username",
    "_requestparameters_policyarn",
    "_requestparameters_groupid",
    "_requestparameters_functionname",
    "_requestparameters_keyid",
    "_requestparameters_secretid",
];

/// Fields of rows in lists that questions count by, unpacked likewise.
const WARM_IN_LISTS: &[&[&str]] = &[&["resources", "list", "element", "arn"]];

/// Whether all of a column's values, which are texts, are in its dictionaries.
pub(crate) fn has_dictionary(column: &str) -> bool {
    HOT.contains(&column) || WARM.contains(&column)
}

/// Whether row groups have a filter that knows which texts are not among a column's.
pub(crate) fn has_filter(column: &str) -> bool {
    NEEDLES.contains(&column)
}

/// Bytes of a dictionary, which a row group's values stay below: 20,000 sessions with long names.
const DICTIONARY_BYTES: usize = 16 << 20;

/// One false hit in so many row groups.
const BLOOM_FALSE: f64 = 0.01;
/// Bytes of a bound in the file. Tables keep shorter ones.
const BOUND_BYTES: usize = 48;

pub(super) fn of(kind: TableSchema, settings: &Settings) -> Result<WriterProperties, ParquetError> {
    // Files that are soon joined are few, and have some of everything: bounds of long texts, and of
    // fields inside of columns, hardly leave one out.
    let young = matches!(settings.packing, Packing::Lz4);
    let (packed, inside) = match settings.packing {
        Packing::Lz4 => (Compression::LZ4_RAW, EnabledStatistics::None),
        Packing::Zstd(level) => {
            (Compression::ZSTD(ZstdLevel::try_new(level)?), EnabledStatistics::Chunk)
        }
    };
    let mut properties = WriterProperties::builder()
        .set_compression(packed)
        .set_max_row_group_row_count(Some(settings.row_group_rows))
        .set_data_page_row_count_limit(settings.page_rows)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_statistics_truncate_length(Some(BOUND_BYTES))
        .set_column_index_truncate_length(Some(BOUND_BYTES));
    for field in schema::stored(kind).fields() {
        if NEEDLES.contains(&field.name().as_str()) {
            let bloom = BloomFilterProperties::builder()
                .with_fpp(BLOOM_FALSE)
                .with_max_ndv(settings.row_group_rows as u64)
                .build();
            let path = column_path(std::slice::from_ref(field.name()));
            properties = properties.set_column_bloom_filter_properties(path, bloom);
        }
        properties = column(properties, field, inside);
        let path = column_path(std::slice::from_ref(field.name()));
        if young && kind == TableSchema::Events && is_long(field) {
            properties =
                properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::None);
        }
        if has_dictionary(field.name()) {
            properties =
                properties.set_column_dictionary_page_size_limit(path.clone(), DICTIONARY_BYTES);
        }
        if HOT.contains(&field.name().as_str()) {
            properties = properties.set_column_compression(path, Compression::UNCOMPRESSED);
        } else if WARM.contains(&field.name().as_str()) {
            properties = properties.set_column_compression(path, Compression::LZ4_RAW);
        }
    }
    for (leaf, _) in schema::promotions(kind) {
        // Its copy is looked at, and says what bounds it has.
        let leaf = leaf.iter().map(|name| (*name).to_owned()).collect();
        properties = without_statistics(properties, leaf);
    }
    for path in WARM_IN_LISTS {
        let path = ColumnPath::new(path.iter().map(|name| (*name).to_owned()).collect());
        properties = properties.set_column_compression(path, Compression::LZ4_RAW);
    }
    Ok(properties.build())
}

/// Whether a column's texts are many or long.
fn is_long(field: &Field) -> bool {
    *field.data_type() == DataType::Utf8 && !HOT.contains(&field.name().as_str())
}

fn column(
    properties: WriterPropertiesBuilder,
    field: &Field,
    inside: EnabledStatistics,
) -> WriterPropertiesBuilder {
    let name = field.name().as_str();
    let path = vec![name.to_owned()];
    match name {
        SHAPE => without_statistics(properties, path),
        EVENT_JSON => lengths_apart(without_statistics(properties, path.clone()), path),
        SEQ => deltas(properties, path),
        _ => leaves(properties, field, path, inside),
    }
}

fn leaves(
    mut properties: WriterPropertiesBuilder,
    field: &Field,
    path: Vec<String>,
    inside: EnabledStatistics,
) -> WriterPropertiesBuilder {
    let inner = |name: &str| path.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
    match field.data_type() {
        DataType::Struct(fields) => {
            for field in fields {
                properties = nested(properties, field, inner(field.name()), inside);
            }
            properties
        }
        DataType::Timestamp(..) => deltas(properties, path),
        DataType::List(_) | DataType::Map(..) => nested(properties, field, path, inside),
        _ => {
            let name = field.name().as_str();
            if UNIQUE.contains(&name) {
                properties = lengths_apart(properties, path);
            }
            properties
        }
    }
}

/// Fields inside of columns: pages are not left out by them.
fn nested(
    mut properties: WriterPropertiesBuilder,
    field: &Field,
    path: Vec<String>,
    inside: EnabledStatistics,
) -> WriterPropertiesBuilder {
    let inner = |more: &[&str]| {
        path.iter().cloned().chain(more.iter().map(|name| (*name).to_owned())).collect::<Vec<_>>()
    };
    match field.data_type() {
        DataType::Struct(fields) => {
            for field in fields {
                properties = nested(properties, field, inner(&[field.name()]), inside);
            }
            properties
        }
        DataType::List(element) => {
            let DataType::Struct(fields) = element.data_type() else { return properties };
            for field in fields {
                let path = inner(&["list", "element", field.name()]);
                properties = nested(properties, field, path.clone(), inside);
                properties = without_statistics(properties, path);
            }
            properties
        }
        DataType::Map(..) => {
            let value = inner(&["key_value", "value"]);
            properties = without_statistics(properties, inner(&["key_value", "key"]));
            lengths_apart(without_statistics(properties, value.clone()), value)
        }
        _ => properties.set_column_statistics_enabled(column_path(&path), inside),
    }
}

fn column_path(path: &[String]) -> ColumnPath {
    ColumnPath::new(path.to_vec())
}

fn without_statistics(
    properties: WriterPropertiesBuilder,
    path: Vec<String>,
) -> WriterPropertiesBuilder {
    properties.set_column_statistics_enabled(column_path(&path), EnabledStatistics::None)
}

/// Texts that differ: their lengths together, then their bytes, which compress better so.
fn lengths_apart(
    properties: WriterPropertiesBuilder,
    path: Vec<String>,
) -> WriterPropertiesBuilder {
    properties
        .set_column_dictionary_enabled(column_path(&path), false)
        .set_column_encoding(column_path(&path), Encoding::DELTA_LENGTH_BYTE_ARRAY)
}

fn deltas(properties: WriterPropertiesBuilder, path: Vec<String>) -> WriterPropertiesBuilder {
    properties
        .set_column_dictionary_enabled(column_path(&path), false)
        .set_column_encoding(column_path(&path), Encoding::DELTA_BINARY_PACKED)
}
