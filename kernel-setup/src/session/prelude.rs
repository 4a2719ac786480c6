trait DisplayWithDebug {
    fn evcxr_display(&self);
}
impl<T: std::fmt::Debug + ?Sized> DisplayWithDebug for T {
    fn evcxr_display(&self) {
        if std::any::type_name::<T>() != "()" {
            println!("EVCXR_BEGIN_CONTENT text/plain\n{self:?}\nEVCXR_END_CONTENT");
        }
    }
}
