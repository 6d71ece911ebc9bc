use arrow::record_batch::RecordBatch; use crate::LakeError;
pub(crate) fn rows(_b:&RecordBatch)->Result<Vec<Vec<Option<String>>>,LakeError>{todo!()}
pub(crate) fn csv_field(s:&str)->String{s.to_owned()}
