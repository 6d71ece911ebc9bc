//! What the footer of a file says of a few of its columns.
//!
//! Opening a file costs the engine time for each column that the file has, whether a query reads it
//! or not: types are made, compared and looked up. A table has some 150, a question three or four.

use std::sync::Arc;

use parquet::errors::Result;
use parquet::file::metadata::{
    FileMetaData, ParquetMetaData, ParquetMetaDataBuilder, RowGroupMetaData,
};
use parquet::schema::types::{SchemaDescriptor, Type};

/// The metadata of a file that has only the given top-level columns, in their order in the file.
/// They are told by their places: older files lack only the last ones, and are not asked for those
/// ([`super::file::TableFile::held`]).
///
/// # Errors
/// A column that the file does not have.
pub(super) fn narrow(whole: &ParquetMetaData, columns: &[usize]) -> Result<ParquetMetaData> {
    let file = whole.file_metadata();
    let schema = file.schema_descr();
    let leaf_of = |leaf: &usize| columns.binary_search(&schema.get_column_root_idx(*leaf)).is_ok();
    let leaves: Vec<usize> = (0..schema.num_columns()).filter(leaf_of).collect();
    let narrow = Arc::new(SchemaDescriptor::new(Arc::new(root(schema.root_schema(), columns)?)));
    let orders = file.column_orders().map(|orders| pick(orders, &leaves));
    let groups = whole.row_groups().iter().map(|group| {
        RowGroupMetaData::builder(narrow.clone())
            .set_num_rows(group.num_rows())
            .set_total_byte_size(group.total_byte_size())
            .set_column_metadata(pick(group.columns(), &leaves))
            .build()
    });
    let groups = groups.collect::<Result<Vec<_>>>()?;
    let by = file.created_by().map(str::to_owned);
    let file = FileMetaData::new(file.version(), file.num_rows(), by, None, narrow, orders);
    let column_index = whole.column_index().map(|of| of.iter().map(|of| pick(of, &leaves)));
    let offset_index = whole.offset_index().map(|of| of.iter().map(|of| pick(of, &leaves)));
    Ok(ParquetMetaDataBuilder::new(file)
        .set_row_groups(groups)
        .set_column_index(column_index.map(Iterator::collect))
        .set_offset_index(offset_index.map(Iterator::collect))
        .build())
}

fn root(whole: &Type, columns: &[usize]) -> Result<Type> {
    let fields = whole.get_fields();
    let missing = |at: &usize| {
        let text = format!("the file has no column {at}, only {}", fields.len());
        parquet::errors::ParquetError::General(text)
    };
    let kept = columns.iter().map(|at| fields.get(*at).cloned().ok_or_else(|| missing(at)));
    Type::group_type_builder(whole.name()).with_fields(kept.collect::<Result<_>>()?).build()
}

fn pick<T: Clone>(of: &[T], leaves: &[usize]) -> Vec<T> {
    leaves.iter().filter_map(|leaf| of.get(*leaf).cloned()).collect()
}
