//! The summary, against the text that Keras prints.

use nnlib::ndarray::Array2;
use nnlib::sequential::optimizers::{Optimizer, SGD};
use nnlib::sequential::{Activation, BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Sequential};

use super::{fixture, silent};

#[track_caller]
fn assert_keras(name: &str, model: &Sequential) {
    let expected = fixture()["summaries"][name].as_str().unwrap().trim_end().to_owned();
    assert_eq!(model.summary().to_string(), expected);
}

fn mlp() -> Sequential {
    let mut model = Sequential::new();
    model.add(Flatten::new().input_shape(&[3, 32, 32])).add(Dense::new(100).activation("sigmoid"));
    model.add(Dropout::new(0.25)).add(Dense::new(100).activation("sigmoid")).add(Dense::new(10).activation("softmax"));
    model
}

#[test]
fn a_network_of_dense_layers() {
    assert_keras("mlp", &mlp());
    assert_eq!((mlp().summary().trainable, mlp().summary().total()), (318_410, 318_410));
}

#[test]
fn a_convnet() {
    let mut model = Sequential::new();
    model.add(Conv2D::new(32, (3, 3)).activation("relu").input_shape(&[1, 28, 28])).add(BatchNormalization::new());
    model.add(MaxPool2D::default()).add(Conv2D::new(64, (3, 3))).add(Activation::new("relu"));
    model.add(Flatten::new()).add(Dense::new(10));
    assert_keras("convnet", &model);
}

#[test]
fn a_model_whose_inputs_are_not_known() {
    let mut model = Sequential::new();
    model.add(Flatten::new()).add(Dense::new(10));
    assert_keras("unbuilt", &model);
}

#[test]
fn a_model_that_has_been_trained_counts_what_its_optimizer_keeps() {
    let optimizers = [("sgd", "sgd"), ("rmsprop", "rmsprop"), ("adam", "adam")];
    for (name, optimizer) in optimizers {
        assert_keras(&format!("trained_{name}"), &trained(|model| model.compile("mse", optimizer, &[])));
    }
    let momentum = Optimizer::SGD(SGD::default().momentum(0.9));
    assert_keras("trained_momentum", &trained(|model| model.compile("mse", momentum, &[])));
}

fn trained(compile: impl FnOnce(&mut Sequential)) -> Sequential {
    let mut model = Sequential::new();
    model.add(Dense::new(3).input_shape(&[4])).add(BatchNormalization::new());
    compile(&mut model);
    model.fit(&Array2::<f32>::ones((2, 4)), &Array2::<f32>::ones((2, 3)), silent());
    model
}

#[test]
fn the_html_table_holds_the_same_cells() {
    let html = mlp().summary().to_html();
    let page = html.replace("<br>", "<br/>");
    let document = roxmltree::Document::parse(&page).expect("well-formed HTML");
    let rows = document.descendants().filter(|node| node.has_tag_name("tr"));
    assert_eq!(rows.map(|row| row.children().count()).collect::<Vec<_>>(), [3; 6]);
    for cell in ["dense_2 (Dense)", "(None, 3072)", "307,300", "<b>Total params:</b> 318,410 (1.21 MB)"] {
        assert!(html.contains(cell), "{cell} is not in {html}");
    }
}
