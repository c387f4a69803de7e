//! Looks for a row by its key among those of one authority.

/// The key in a place of the query (`"$2"`) where a table has it under the authority `$1`, as a scalar query; NULL where
/// it does not.
///
/// A look for a key alone reads the row of whoever has it, and leaves it aside for its authority afterwards: the time of
/// that tells that there is one. This is led by an index of authorities and keys, in which it leaps to the first that is
/// not before the one wanted, so that nothing of what others have is read. The table must have such an index; of a
/// partial one, its condition is the fourth argument. (With one that some other index leads, SQLite would rather follow
/// that and sort.)
macro_rules! own_key {
    ($table:literal, $key:literal, $place:literal) => {
        $crate::database::own_key!($table, $key, $place, "")
    };
    ($table:literal, $key:literal, $place:literal, $condition:literal) => {
        concat!(
            "(SELECT own.named FROM (SELECT authority, ",
            $key,
            " AS named FROM ",
            $table,
            " WHERE (authority, ",
            $key,
            ") >= ($1, ",
            $place,
            ")",
            $condition,
            " ORDER BY authority, ",
            $key,
            " LIMIT 1) AS own WHERE own.authority = $1 AND own.named = ",
            $place,
            ")",
        )
    };
}

pub(crate) use own_key;
