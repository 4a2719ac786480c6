mod evcxr_internal_runtime {
pub const VARIABLE_CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
pub const USER_ERROR_OCCURRED: &str = "EVCXR_ERROR_OCCURRED";
#[repr(transparent)]
pub struct VariableStore(::nnkernel_cell::Variables);
impl VariableStore {
    pub fn put_variable<T: 'static>(&mut self, name: &str, value: T) {
        self.0.put(name, Box::new(value));
    }
    pub fn check_variable<T: 'static>(&mut self, name: &str) -> bool {
        self.0.check(name, ::std::any::TypeId::of::<T>(), VARIABLE_CHANGED_TYPE)
    }
    pub fn take_variable<T: 'static>(&mut self, name: &str) -> T {
        match self.0.take(name, ::std::any::TypeId::of::<T>()).downcast() {
            Ok(value) => *value,
            Err(_) => ::std::unreachable!(),
        }
    }
}
pub fn create_variable_store() -> *mut VariableStore {
    ::nnkernel_cell::Variables::create().cast()
}
}
