-- The catalog of Iceberg tables, as other programs know it: the tables of the JDBC catalog, with the
-- names and types that pyiceberg gives them, which is why they are not STRICT. One row for each
-- event data store; metadata_location is the one thing that says what the table holds.
CREATE TABLE iceberg_tables (
    catalog_name VARCHAR(255) NOT NULL,
    table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL,
    metadata_location VARCHAR(1000),
    previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);

CREATE TABLE iceberg_namespace_properties (
    catalog_name VARCHAR(255) NOT NULL,
    namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255) NOT NULL,
    property_value VARCHAR(1000) NOT NULL,
    PRIMARY KEY (catalog_name, namespace, property_key)
);

INSERT INTO iceberg_namespace_properties VALUES ('cairn', 'aws:cloudtrail', 'exists', 'true');

PRAGMA user_version = 11;
