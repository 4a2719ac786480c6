use super::testing::made_by;
use super::*;
