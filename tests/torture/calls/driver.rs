//! A driver of sqlx that stands before the real ones and lets any call to the database fail.
//!
//! `sqlx::Any` takes its drivers from a list that is given once. Here the list holds, for each engine, a driver whose
//! connections are those of the real one, asked first whether the call is the one that has to fail. The product knows
//! nothing of it (`docs/decisions/0043…`).

use std::any::type_name;
use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex, Once};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use log::LevelFilter;
use sqlx_core::any::driver::{AnyDriver, install_drivers};
use sqlx_core::any::{
    Any, AnyArguments, AnyConnectOptions, AnyConnectionBackend, AnyQueryResult, AnyRow, AnyStatement,
    AnyTypeInfo,
};
use sqlx_core::arguments::{Arguments, IntoArguments};
use sqlx_core::column::{Column, ColumnIndex};
use sqlx_core::connection::{ConnectOptions, Connection};
use sqlx_core::database::Database;
use sqlx_core::describe::Describe;
use sqlx_core::encode::Encode;
use sqlx_core::error::BoxDynError;
use sqlx_core::from_row::FromRow;
use sqlx_core::migrate::Migrate;
use sqlx_core::query::Query;
use sqlx_core::query_as::QueryAs;
use sqlx_core::query_scalar::QueryScalar;
use sqlx_core::row::Row;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::statement::Statement;
use sqlx_core::transaction::{Transaction, TransactionManager};
use sqlx_core::type_info::TypeInfo;
use sqlx_core::types::Type;
use sqlx_core::value::{Value, ValueRef};
use sqlx_core::{Either, Error, Url};

type Result<T> = std::result::Result<T, Error>;

/// Puts the failing drivers in the place of the real ones, for the whole process.
///
/// # Panics
/// When the real ones are in use already: then nothing would ever fail.
pub fn install() {
    static DRIVERS: [AnyDriver; 2] = [
        AnyDriver::without_migrate::<Failing<sqlx::Postgres>>(),
        AnyDriver::without_migrate::<Failing<sqlx::Sqlite>>(),
    ];
    static ONCE: Once = Once::new();
    ONCE.call_once(|| install_drivers(&DRIVERS).expect("nobody has opened a database yet"));
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is not carried out, and the connection goes on.
    Refused,
    /// It is carried out, and nobody hears of it: the connection is dead from then on.
    Lost,
}

/// What has to fail in one database, and what has.
#[derive(Debug, Default)]
pub struct Plan(Mutex<Planned>);

#[derive(Debug, Default)]
struct Planned {
    ordered: Option<(usize, Failure)>,
    calls: usize,
    struck: Option<String>,
}

impl Plan {
    /// The plan of a database.
    pub fn of(url: &str) -> Arc<Self> {
        static PLANS: LazyLock<Mutex<HashMap<String, Arc<Plan>>>> = LazyLock::new(Mutex::default);
        let url = Url::parse(url).map_or_else(|_| url.to_owned(), String::from);
        Arc::clone(PLANS.lock().unwrap().entry(url).or_default())
    }

    /// Orders the n-th call from now on, counted from 1, to fail.
    pub fn order(&self, number: usize, failure: Failure) {
        *self.0.lock().unwrap() = Planned { ordered: Some((number, failure)), ..Planned::default() };
    }

    /// Takes the order back, and tells which call it struck.
    pub fn end(&self) -> Option<String> {
        std::mem::take(&mut *self.0.lock().unwrap()).struck
    }

    /// Counts a call; tells how it has to fail, if it has to.
    fn meet(&self, call: impl FnOnce() -> String) -> Option<Failure> {
        let mut planned = self.0.lock().unwrap();
        let (number, failure) = planned.ordered?;
        planned.calls += 1;
        if planned.calls != number {
            return None;
        }
        planned.ordered = None;
        planned.struck = Some(call());
        Some(failure)
    }
}

fn fault() -> Error {
    Error::Io(io::Error::new(io::ErrorKind::ConnectionReset, "a call failed because a test wanted it to"))
}

/// An engine whose calls may fail.
#[derive(Debug)]
pub struct Failing<DB>(PhantomData<DB>);

/// A connection of the engine, and the plan that is asked first.
#[derive(Debug)]
pub struct FailingConnection<DB: Database> {
    real: DB::Connection,
    plan: Arc<Plan>,
    is_dead: bool,
}

impl<DB> FailingConnection<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    /// Whether this call's answer has to be lost; the error is of one that is not carried out.
    fn meet(&mut self, call: impl FnOnce() -> String) -> Result<bool> {
        if self.is_dead {
            return Err(fault());
        }
        match self.plan.meet(call) {
            None => Ok(false),
            Some(Failure::Refused) => Err(fault()),
            Some(Failure::Lost) => {
                self.is_dead = true;
                Ok(true)
            }
        }
    }

    fn call<'a, T: Send + 'a>(
        &'a mut self,
        name: &str,
        carry_out: impl FnOnce(&'a mut DB::Connection) -> BoxFuture<'a, Result<T>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T>> {
        match self.meet(|| name.to_owned()) {
            Err(error) => Box::pin(async { Err(error) }),
            Ok(false) => carry_out(&mut self.real),
            Ok(true) => Box::pin(async {
                let _lost = carry_out(&mut self.real).await;
                Err(fault())
            }),
        }
    }
}

impl<DB> AnyConnectionBackend for FailingConnection<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    fn name(&self) -> &str {
        DB::NAME
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        AnyConnectionBackend::close(Box::new(self.real))
    }

    fn close_hard(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        AnyConnectionBackend::close_hard(Box::new(self.real))
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        self.call("ping", AnyConnectionBackend::ping)
    }

    fn begin(&mut self, statement: Option<SqlStr>) -> BoxFuture<'_, Result<()>> {
        self.call("BEGIN", |real| AnyConnectionBackend::begin(real, statement))
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<()>> {
        self.call("COMMIT", AnyConnectionBackend::commit)
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<()>> {
        self.call("ROLLBACK", AnyConnectionBackend::rollback)
    }

    fn start_rollback(&mut self) {
        AnyConnectionBackend::start_rollback(&mut self.real);
    }

    fn get_transaction_depth(&self) -> usize {
        AnyConnectionBackend::get_transaction_depth(&self.real)
    }

    fn shrink_buffers(&mut self) {
        AnyConnectionBackend::shrink_buffers(&mut self.real);
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        AnyConnectionBackend::flush(&mut self.real)
    }

    fn should_flush(&self) -> bool {
        AnyConnectionBackend::should_flush(&self.real)
    }

    fn as_migrate(&mut self) -> Result<&mut (dyn Migrate + Send + 'static)> {
        AnyConnectionBackend::as_migrate(&mut self.real)
    }

    fn fetch_many(
        &mut self,
        query: SqlStr,
        persistent: bool,
        arguments: Option<AnyArguments>,
    ) -> BoxStream<'_, Result<Either<AnyQueryResult, AnyRow>>> {
        let met = self.meet(|| query.as_str().to_owned());
        let real = &mut self.real;
        match met {
            Err(error) => stream::once(async { Err(error) }).boxed(),
            Ok(false) => AnyConnectionBackend::fetch_many(real, query, persistent, arguments),
            Ok(true) => stream::once(async move {
                let mut lost = AnyConnectionBackend::fetch_many(real, query, persistent, arguments);
                while lost.next().await.is_some() {}
                Err(fault())
            })
            .boxed(),
        }
    }

    fn fetch_optional(
        &mut self,
        query: SqlStr,
        persistent: bool,
        arguments: Option<AnyArguments>,
    ) -> BoxFuture<'_, Result<Option<AnyRow>>> {
        let name = query.as_str().to_owned();
        self.call(&name, move |real| AnyConnectionBackend::fetch_optional(real, query, persistent, arguments))
    }

    fn prepare_with<'c, 'q: 'c>(
        &'c mut self,
        sql: SqlStr,
        parameters: &[AnyTypeInfo],
    ) -> BoxFuture<'c, Result<AnyStatement>> {
        AnyConnectionBackend::prepare_with(&mut self.real, sql, parameters)
    }

    fn describe(&mut self, sql: SqlStr) -> BoxFuture<'_, Result<Describe<Any>>> {
        AnyConnectionBackend::describe(&mut self.real, sql)
    }
}

/// Where the real connection is, and the plan of that database.
pub struct FailingOptions<DB: Database> {
    real: <DB::Connection as Connection>::Options,
    plan: Arc<Plan>,
}

impl<DB: Database> Clone for FailingOptions<DB> {
    fn clone(&self) -> Self {
        Self { real: self.real.clone(), plan: Arc::clone(&self.plan) }
    }
}

impl<DB: Database> fmt::Debug for FailingOptions<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(type_name::<Self>())
    }
}

impl<DB: Database> FromStr for FailingOptions<DB> {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        Ok(Self { real: url.parse()?, plan: Plan::of(url) })
    }
}

impl<'a, DB: Database> TryFrom<&'a AnyConnectOptions> for FailingOptions<DB> {
    type Error = Error;

    fn try_from(options: &'a AnyConnectOptions) -> Result<Self> {
        options.database_url.as_str().parse()
    }
}

impl<DB> ConnectOptions for FailingOptions<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Connection = FailingConnection<DB>;

    fn from_url(url: &Url) -> Result<Self> {
        url.as_str().parse()
    }

    async fn connect(&self) -> Result<FailingConnection<DB>> {
        let plan = Arc::clone(&self.plan);
        match plan.meet(|| "connecting".to_owned()) {
            Some(_) => Err(fault()),
            None => Ok(FailingConnection { real: self.real.connect().await?, plan, is_dead: false }),
        }
    }

    fn log_statements(self, _: LevelFilter) -> Self {
        self
    }

    fn log_slow_statements(self, _: LevelFilter, _: Duration) -> Self {
        self
    }
}

impl<DB> Connection for FailingConnection<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;
    type Options = FailingOptions<DB>;

    async fn close(self) -> Result<()> {
        AnyConnectionBackend::close(Box::new(self)).await
    }

    async fn close_hard(self) -> Result<()> {
        AnyConnectionBackend::close_hard(Box::new(self)).await
    }

    async fn ping(&mut self) -> Result<()> {
        AnyConnectionBackend::ping(self).await
    }

    async fn begin(&mut self) -> Result<Transaction<'_, Failing<DB>>> {
        Transaction::begin(self, None).await
    }

    fn shrink_buffers(&mut self) {
        AnyConnectionBackend::shrink_buffers(self);
    }

    async fn flush(&mut self) -> Result<()> {
        AnyConnectionBackend::flush(self).await
    }

    fn should_flush(&self) -> bool {
        AnyConnectionBackend::should_flush(self)
    }
}

/// What sqlx wants a database to name beside its connections, and nobody ever has: rows and values come from the real engine
/// as those of `Any`.
pub struct Nothing<DB>(Infallible, PhantomData<fn() -> DB>);

impl<DB> Database for Failing<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Connection = FailingConnection<DB>;
    type TransactionManager = Transactions<DB>;
    type Row = Nothing<DB>;
    type QueryResult = AnyQueryResult;
    type Column = Nothing<DB>;
    type TypeInfo = Nothing<DB>;
    type Value = Nothing<DB>;
    type ValueRef<'r> = Nothing<DB>;
    type Arguments = NoArguments<DB>;
    type ArgumentBuffer = ();
    type Statement = Nothing<DB>;

    const NAME: &'static str = DB::NAME;
    const URL_SCHEMES: &'static [&'static str] = DB::URL_SCHEMES;
}

/// The transactions of such a connection.
pub struct Transactions<DB>(PhantomData<DB>);

impl<DB> TransactionManager for Transactions<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;

    async fn begin(connection: &mut FailingConnection<DB>, statement: Option<SqlStr>) -> Result<()> {
        AnyConnectionBackend::begin(connection, statement).await
    }

    async fn commit(connection: &mut FailingConnection<DB>) -> Result<()> {
        AnyConnectionBackend::commit(connection).await
    }

    async fn rollback(connection: &mut FailingConnection<DB>) -> Result<()> {
        AnyConnectionBackend::rollback(connection).await
    }

    fn start_rollback(connection: &mut FailingConnection<DB>) {
        AnyConnectionBackend::start_rollback(connection);
    }

    fn get_transaction_depth(connection: &FailingConnection<DB>) -> usize {
        AnyConnectionBackend::get_transaction_depth(connection)
    }
}

impl<DB> fmt::Debug for Nothing<DB> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl<DB> fmt::Display for Nothing<DB> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl<DB> Clone for Nothing<DB> {
    fn clone(&self) -> Self {
        match self.0 {}
    }
}

impl<DB> PartialEq for Nothing<DB> {
    fn eq(&self, _: &Self) -> bool {
        match self.0 {}
    }
}

impl<DB> TypeInfo for Nothing<DB> {
    fn is_null(&self) -> bool {
        match self.0 {}
    }

    fn name(&self) -> &str {
        match self.0 {}
    }
}

impl<DB> Column for Nothing<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;

    fn ordinal(&self) -> usize {
        match self.0 {}
    }

    fn name(&self) -> &str {
        match self.0 {}
    }

    fn type_info(&self) -> &Self {
        match self.0 {}
    }
}

impl<DB> Row for Nothing<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;

    fn columns(&self) -> &[Self] {
        match self.0 {}
    }

    fn try_get_raw<I: ColumnIndex<Self>>(&self, _: I) -> Result<Self> {
        match self.0 {}
    }
}

impl<DB> Value for Nothing<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;

    fn as_ref(&self) -> Self {
        match self.0 {}
    }

    fn type_info(&self) -> Cow<'_, Self> {
        match self.0 {}
    }

    fn is_null(&self) -> bool {
        match self.0 {}
    }
}

impl<DB> ValueRef<'_> for Nothing<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;

    fn to_owned(&self) -> Self {
        match self.0 {}
    }

    fn type_info(&self) -> Cow<'_, Self> {
        match self.0 {}
    }

    fn is_null(&self) -> bool {
        match self.0 {}
    }
}

impl<DB> Statement for Nothing<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;

    fn into_sql(self) -> SqlStr {
        match self.0 {}
    }

    fn sql(&self) -> &SqlStr {
        match self.0 {}
    }

    fn parameters(&self) -> Option<Either<&[Self], usize>> {
        match self.0 {}
    }

    fn columns(&self) -> &[Self] {
        match self.0 {}
    }

    fn query(&self) -> Query<'_, Failing<DB>, NoArguments<DB>> {
        match self.0 {}
    }

    fn query_with<A: IntoArguments<Failing<DB>>>(&self, _: A) -> Query<'_, Failing<DB>, A> {
        match self.0 {}
    }

    fn query_as<O: for<'r> FromRow<'r, Self>>(&self) -> QueryAs<'_, Failing<DB>, O, NoArguments<DB>> {
        match self.0 {}
    }

    fn query_as_with<'s, O, A>(&'s self, _: A) -> QueryAs<'s, Failing<DB>, O, A>
    where
        O: for<'r> FromRow<'r, Self>,
        A: IntoArguments<Failing<DB>>,
    {
        match self.0 {}
    }

    fn query_scalar<O>(&self) -> QueryScalar<'_, Failing<DB>, O, NoArguments<DB>>
    where
        (O,): for<'r> FromRow<'r, Self>,
    {
        match self.0 {}
    }

    fn query_scalar_with<'s, O, A>(&'s self, _: A) -> QueryScalar<'s, Failing<DB>, O, A>
    where
        (O,): for<'r> FromRow<'r, Self>,
        A: IntoArguments<Failing<DB>>,
    {
        match self.0 {}
    }
}

/// The arguments of statements that nobody prepares.
pub struct NoArguments<DB>(PhantomData<fn() -> DB>);

impl<DB> Default for NoArguments<DB> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<DB> Arguments for NoArguments<DB>
where
    DB: Database,
    DB::Connection: AnyConnectionBackend,
{
    type Database = Failing<DB>;

    fn reserve(&mut self, _: usize, _: usize) {}

    fn add<'t, T>(&mut self, _: T) -> std::result::Result<(), BoxDynError>
    where
        T: Encode<'t, Failing<DB>> + Type<Failing<DB>>,
    {
        Ok(())
    }

    fn len(&self) -> usize {
        0
    }
}
